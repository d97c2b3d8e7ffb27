"""The state file: written whole, read by newer and older versions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ses_stack_cli.local import state
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.identity import identified
from ses_stack_cli.local.state import LocalState


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path / "local"))
    return tmp_path / "local"


def running(pid: int) -> LocalState:
    started = identified(pid).started
    return LocalState(
        stack="s",
        endpoint="https://127.0.0.1:1",
        simulator="http://127.0.0.1:2",
        cloud_pid=pid,
        simulator_pid=pid,
        cloud_started=started,
        simulator_started=started,
    )


def test_what_was_saved_is_loaded(folder: Path) -> None:
    assert state.load() is None
    running(1).deployed("abc").save()
    assert state.load() == running(1).deployed("abc")
    assert [path.name for path in folder.iterdir()] == ["state.json"]


def test_other_versions_have_more_members_or_fewer(folder: Path) -> None:
    running(1).save()
    document = json.loads((folder / "state.json").read_text())
    del document["digest"]
    (folder / "state.json").write_text(json.dumps(document | {"console": "x"}))
    assert state.load() == running(1)


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]"])
def test_a_damaged_file_is_named(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "state.json").write_text(text)
    with pytest.raises(LocalCloudError, match=r"state\.json cannot be read: remove it"):
        state.load()


def test_a_local_cloud_runs_while_its_servers_do() -> None:
    with pytest.raises(LocalCloudError, match="no local cloud is running"):
        state.require_running()
    running(os.getpid()).save()
    assert state.require_running() == running(os.getpid())
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    replace(running(os.getpid()), cloud_pid=ended.pid).save()
    with pytest.raises(LocalCloudError, match="no local cloud is running"):
        state.require_running()


def test_a_server_whose_process_id_belongs_to_another_program_does_not_run() -> None:
    """As after a restart of the machine, or with a state file that does not say when the process started."""
    mine = running(os.getpid())
    for started in ("", "another-boot 1"):
        replace(mine, simulator_started=started).save()
        with pytest.raises(LocalCloudError, match="no local cloud is running"):
            state.require_running()


def test_a_full_disk_is_named_with_the_file(folder: Path) -> None:
    running(1).save()
    (folder / "state.new").symlink_to("/dev/full")
    with pytest.raises(LocalCloudError, match=r"state\.json cannot be written: No space left on device"):
        running(2).save()
    assert state.load() == running(1)


def test_the_project_is_the_folder_of_the_template() -> None:
    assert (state.project() / "template.yaml").exists()


def test_it_loads_nothing_heavy() -> None:
    """Every command of `ses-stack` that works on a stack imports it."""
    code = "import ses_stack_cli.local.state, sys; print(*sys.modules)"
    modules = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not modules & {
        "httpx",
        "starlette",
        "uvicorn",
        "cryptography",
        "boto3",
        "botocore",
        "pydantic",
        "typer",
        "rich",
    }
