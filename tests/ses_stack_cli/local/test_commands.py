"""`ses-stack local`, as far as it needs no local cloud."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ses_stack_cli.local import cloud, state
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.identity import identified
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.main import app


@pytest.fixture
def _running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    pid = os.getpid()
    state.LocalState(
        stack="s",
        endpoint="https://127.0.0.1:1",
        simulator="http://127.0.0.1:2",
        certificate="/a folder/ca.pem",
        cloud_pid=pid,
        cloud_started=identified(pid).started,
        simulator_pid=pid,
        simulator_started=identified(pid).started,
    ).save()


@pytest.mark.usefixtures("_running")
def test_the_environment_leads_to_emulator_and_simulator() -> None:
    variables = json.loads(CliRunner().invoke(app, ["local", "env", "--json"]).stdout)
    assert (variables["AWS_ENDPOINT_URL"], variables["AWS_ENDPOINT_URL_SESV2"]) == (
        "https://127.0.0.1:1",
        "http://127.0.0.1:2",
    )
    first, *lines = CliRunner().invoke(app, ["local", "env"]).stdout.splitlines()
    assert first == "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN"
    exported = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    assert exported == variables
    assert exported["AWS_CA_BUNDLE"] == "/a folder/ca.pem"


def test_without_a_local_cloud_there_is_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    assert CliRunner().invoke(app, ["local", "env"]).exit_code == 1


def test_status_without_a_local_cloud_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    result = CliRunner().invoke(app, ["local", "status", "--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"running": False})


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999", "", "http"])
@pytest.mark.parametrize("option", ["--port", "--simulator-port"])
def test_what_is_no_port_is_a_usage_error(option: str, port: str) -> None:
    result = CliRunner().invoke(app, ["local", "up", option, port])
    assert result.exit_code == 2
    assert f"{port!r} is not a port" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "ports"), [([], (0, 0)), (["--port", "65535", "--simulator-port", "1"], (65_535, 1))]
)
def test_ports_are_free_ones_or_those_that_are_named(
    arguments: list[str], ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[UpOptions] = []

    def up(options: UpOptions, *_: object) -> None:
        asked.append(options)
        raise LocalCloudError("stop here")

    monkeypatch.setattr(cloud, "up", up)
    CliRunner().invoke(app, ["local", "up", *arguments])
    assert [(each.port, each.simulator_port) for each in asked] == [ports]


def test_down_says_whether_there_was_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    assert json.loads(CliRunner().invoke(app, ["local", "down", "--json"]).stdout) == {
        "running": False,
        "stopped": False,
    }


def test_the_last_lines_of_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    (tmp_path / "deploy.log").write_text("one\ntwo\nthree\n")
    assert CliRunner().invoke(app, ["local", "logs", "deploy", "-n", "2"]).stdout == "two\nthree\n"
    printed = CliRunner().invoke(app, ["local", "logs", "deploy", "--json"]).stdout
    assert json.loads(printed) == {"source": "deploy", "lines": ["one", "two", "three"]}


def test_a_log_that_is_followed_as_json_is_a_document_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(state.DIRECTORY_VARIABLE, str(tmp_path))
    (tmp_path / "deploy.log").write_text("one\n[b]two\n")

    def added(*_: object) -> Iterator[list[str]]:
        yield ["three"]
        raise KeyboardInterrupt

    monkeypatch.setattr("ses_stack_cli.local.commands.follow_log", added)
    result = CliRunner().invoke(app, ["local", "logs", "deploy", "--follow", "--json"])
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"line": "one"},
        {"line": "[b]two"},
        {"line": "three"},
    ]
    assert result.exit_code == 130


@pytest.mark.usefixtures("_running")
@pytest.mark.parametrize("name", ["", "/no/such/event.json"])
def test_a_file_that_is_not_there_is_a_sentence(name: str) -> None:
    result = CliRunner().invoke(app, ["local", "invoke", "Normalizer", name])
    assert result.exit_code == (1 if name else 2)
    assert ("No such file or directory" if name else "the file's name is empty") in result.stderr


@pytest.mark.usefixtures("_running")
def test_a_function_that_failed_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"error": "Unhandled", "answer": "{}", "log": "START\nEND"}
    monkeypatch.setattr("ses_stack_cli.local.stack.invoke", lambda *_: answer)
    (tmp_path / "event.json").write_text("{}")
    result = CliRunner().invoke(app, ["local", "invoke", "Normalizer", str(tmp_path / "event.json")])
    assert (result.exit_code, result.stdout) == (1, "START\nEND\nfailed: {}\n")


@pytest.mark.usefixtures("_running")
def test_markup_in_an_answer_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"error": None, "answer": '{"x": "[/bold] [red]"}', "log": ""}
    monkeypatch.setattr("ses_stack_cli.local.stack.invoke", lambda *_: answer)
    (tmp_path / "event.json").write_text("{}")
    result = CliRunner().invoke(app, ["local", "invoke", "Normalizer", str(tmp_path / "event.json")])
    assert result.stdout == 'answered: {"x": "[/bold] [red]"}\n'


@pytest.mark.usefixtures("_running")
def test_an_event_that_is_not_json_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("not json")
    result = CliRunner().invoke(app, ["local", "invoke", "Normalizer", str(tmp_path / "event.json")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{tmp_path}/event.json is not JSON: ")
