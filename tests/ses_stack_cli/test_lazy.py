"""Commands that are imported when they are called."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ses_stack_cli.lazy import LazyCommand, LazyGroup, loaded

MODULE = "ses_stack_cli_lazy_example"


def greet(name: str, *, loud: Annotated[bool, typer.Option("--loud", help="Shout.")] = False) -> None:
    """Greet a person."""
    typer.echo(f"Hello {name.upper() if loud else name}")


class Root(LazyGroup):
    """A program with one command, and one in a group."""

    def __init__(self, **attributes: object) -> None:
        hello = LazyCommand("hello", function=f"{MODULE}:greet", help="Greet a person.")
        gone = LazyCommand("gone", function="ses_stack_cli_no_such_module:gone", help="Never loaded.")
        nested = LazyGroup(name="people", help="People.", commands=[hello], no_args_is_help=True)
        super().__init__(**attributes | {"commands": [hello, gone, nested]})


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    module = ModuleType(MODULE)
    module.greet = greet  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    app = typer.Typer(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})

    @app.callback()
    def root() -> None:
        """A program."""

    return app


@pytest.mark.parametrize("path", [["hello"], ["people", "hello"]])
def test_a_command_is_loaded_and_run(app: typer.Typer, path: list[str]) -> None:
    result = CliRunner().invoke(app, [*path, "Ann", "--loud"])
    assert (result.exit_code, result.stdout) == (0, "Hello ANN\n")


@pytest.mark.parametrize("path", [["hello"], ["people", "hello"]])
def test_a_command_shows_its_own_help(app: typer.Typer, path: list[str]) -> None:
    result = CliRunner().invoke(app, [*path, "-h"])
    assert "--loud" in result.stdout
    assert f"{' '.join(path)} [OPTIONS]" in result.stdout


def test_the_list_of_commands_loads_none_of_them(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for text in ("Greet a person.", "Never loaded.", "People."):
        assert text in result.stdout


def test_a_misspelt_command_is_a_usage_error_with_a_suggestion(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["helo"])
    assert result.exit_code == 2
    assert "Did you mean 'hello'?" in result.output


def complete(app: typer.Typer, words: str) -> list[str]:
    """What bash is offered for the last of the words."""
    environment = {"_ROOT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    return CliRunner().invoke(app, [], prog_name="root", env=environment).stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("root ", ["hello", "gone", "people"]),
        ("root he", ["hello"]),
        ("root people ", ["hello"]),
        ("root people hello --lo", ["--loud"]),
    ],
)
def test_the_shell_completes_names_and_options(app: typer.Typer, words: str, expected: list[str]) -> None:
    assert complete(app, words) == expected


def test_a_command_that_is_loaded_stays_the_same() -> None:
    group = LazyGroup(name="g", commands=[])
    assert loaded(group) is group
    assert loaded(None) is None
