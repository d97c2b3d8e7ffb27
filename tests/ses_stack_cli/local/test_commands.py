"""`ses-stack local`, as far as it needs no local cloud."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ses_stack_cli import entry
from ses_stack_cli.local import state
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER
from ses_stack_cli.main import app


@pytest.fixture
def _running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    own = os.getpid()
    state.LocalState(
        stack="s",
        endpoint="https://127.0.0.1:1",
        simulator="http://127.0.0.1:2",
        certificate="/a folder/ca.pem",
        cloud_pid=own,
        simulator_pid=own,
    ).save()


@pytest.mark.usefixtures("_running")
def test_the_environment_leads_to_emulator_and_simulator() -> None:
    told = json.loads(CliRunner().invoke(app, ["local", "env", "--json"]).stdout)
    assert (told["AWS_ENDPOINT_URL"], told["AWS_ENDPOINT_URL_SESV2"]) == ("https://127.0.0.1:1", "http://127.0.0.1:2")
    lines = CliRunner().invoke(app, ["local", "env"]).stdout.splitlines()
    exported = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    assert exported == told
    assert exported["AWS_CA_BUNDLE"] == "/a folder/ca.pem"


def test_without_a_local_cloud_there_is_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    assert CliRunner().invoke(app, ["local", "env"]).exit_code == 1


def test_how_to_provoke_is_whole_in_a_pipe() -> None:
    out = CliRunner().invoke(app, ["local", "provoke"]).stdout
    assert REJECT_MARKER in out
    assert "…" not in out


def test_ctrl_c_while_the_command_is_loaded_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ses_stack_cli.main.app", interrupted)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130
