"""The command line as a whole: which modules a command loads, and how a failed command ends."""

from __future__ import annotations

import errno
import re
import sys
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, NoRegionError
from typer.testing import CliRunner

from ses_stack.errors import SesStackError
from ses_stack_cli.commands import COMMANDS
from ses_stack_cli.lazy import LazyCommand
from ses_stack_cli.main import app
from tests.test_layout import loaded

SDK = {"boto3", "botocore"}
WEB = {"httpx", "starlette", "uvicorn", "ses_stack_cli.local.simulator"}


def after(*arguments: str) -> set[str]:
    """The modules that are loaded when a command has ended."""
    return loaded(
        f"import contextlib, sys; sys.argv = ['ses-stack', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n"
        "    from ses_stack_cli.entry import main; main()\n"
        "pass"
    )


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ()])
def test_help_and_version_load_no_command(arguments: tuple[str, ...]) -> None:
    modules = after(*arguments)
    assert "ses_stack_cli.main" in modules
    assert not modules & (SDK | WEB | {"pydantic", "ses_stack_cli.target", "ses_stack_cli.output"})
    assert ("rich" in modules) == (arguments != ("--version",))  # Typer prints help with it


def test_a_command_on_a_stack_loads_no_boto3() -> None:
    """botocore alone finds the credentials; boto3 adds S3's transfers."""
    modules = after("tail", "--stack-name", "s", "--profile", "no-such-profile")
    assert "botocore.session" in modules
    assert not modules & {"boto3", "s3transfer"}


@pytest.mark.parametrize("group", ["dlq", "suppression", "local"])
def test_the_help_of_a_group_loads_none_of_its_commands(group: str) -> None:
    """Typer itself loads pydantic there, to read parameters."""
    assert not after(group, "--help") & (SDK | WEB | {"ses_stack_cli.target"})


@pytest.mark.parametrize(
    "name", ["timeline", "recipient", "tail", "queue", "pause", "send", "send-batch", "dlq list", "suppression list"]
)
def test_a_command_on_a_stack_loads_neither_the_simulator_nor_its_web_server(name: str) -> None:
    modules = after(*name.split(), "--help")
    assert "typer" in modules
    assert not modules & WEB


def test_a_local_command_that_calls_no_server_loads_no_client() -> None:
    modules = after("local", "provoke")
    assert not modules & {*SDK, "httpx", "starlette", "uvicorn", "ses_stack_cli.local.simulator.app"}


@pytest.mark.parametrize("name", ["status", "down", "logs"])
def test_a_local_command_does_not_load_the_simulator_that_another_process_runs(name: str) -> None:
    modules = after("local", name, "--help")
    assert not modules & {"starlette", "uvicorn", "ses_stack_cli.local.simulator.app"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command that raises an error."""

    def run(error: BaseException) -> Any:
        def fail() -> None:
            raise error

        module = ModuleType("ses_stack_cli_failing")
        module.fail = fail  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "ses_stack_cli_failing", module)
        command = LazyCommand("fail", function="ses_stack_cli_failing:fail", help="Fail.")
        monkeypatch.setattr("ses_stack_cli.main.COMMANDS", (command, *COMMANDS))
        return CliRunner().invoke(app, ["fail"])

    return run


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SesStackError("the table is gone"), "the table is gone"),
        (NoRegionError(), "no AWS region is chosen: give --region, or set AWS_REGION"),
        (FileNotFoundError(errno.ENOENT, "No such file", "list.csv"), "list.csv: No such file"),
        (OSError(errno.ENOSPC, "No space left on device"), "writing failed: No space left on device"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_an_error_is_one_sentence_on_standard_error(failing: Any, error: Exception, sentence: str) -> None:
    result = failing(error)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{sentence}\n")


def test_an_error_of_the_sdk_that_is_also_an_oserror_keeps_the_sdks_sentence(failing: Any) -> None:
    error = ConnectTimeoutError(endpoint_url="https://sqs.example.com")
    assert isinstance(error, OSError)
    assert "Connect timeout on endpoint URL" in failing(error).stderr


def test_ctrl_c_ends_a_command_with_the_shells_exit_code(failing: Any) -> None:
    assert failing(KeyboardInterrupt()).exit_code == 130


@pytest.mark.parametrize("error", [ZeroDivisionError("a fault"), BrokenPipeError(errno.EPIPE, "Broken pipe")])
def test_a_fault_of_the_program_and_a_closed_pipe_are_passed_on(failing: Any, error: Exception) -> None:
    result = failing(error)
    assert result.exit_code == 1
    assert result.stderr == ""


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert re.fullmatch(r"ses-stack \d+\.\d+\.\d+\n", result.stdout)


def test_without_a_command_there_is_help() -> None:
    assert "timeline" in CliRunner().invoke(app, []).output


def test_the_shell_completes_the_commands() -> None:
    environment = {"_SES_STACK_COMPLETE": "complete_bash", "COMP_WORDS": "ses-stack dlq ", "COMP_CWORD": "2"}
    result = CliRunner().invoke(app, [], prog_name="ses-stack", env=environment)
    assert result.stdout.split() == ["redrive", "list", "peek"]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("dlq redrive ", ["event", "rule", "suppression", "projector", "statistics-writer", "priority", "bulk"]),
        ("dlq peek p", ["projector", "priority"]),
        ("pause m", ["marketing"]),
        ("send --stream t", ["transactional"]),
        ("suppression list --scope ", ["*", "transactional", "marketing", "default", "topic:"]),
        ("tail --type bo", ["bounce"]),
    ],
)
def test_the_shell_completes_streams_queues_scopes_and_types(words: str, values: list[str]) -> None:
    line = f"ses-stack {words}"
    environment = {
        "_SES_STACK_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    result = CliRunner().invoke(app, [], prog_name="ses-stack", env=environment)
    assert result.stdout.split() == values
