"""Every command is documented, with every option; and the help has examples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperArgument
from typer.testing import CliRunner

from ses_stack_cli.lazy import loaded
from ses_stack_cli.main import app
from tests.support.paths import ROOT

DOCS = ROOT / "docs" / "cli.md"
_EVERYWHERE = {"--help", "-h", "--install-completion", "--show-completion", "--stack-name", "--profile", "--region"}
_EVERYWHERE |= {"--json"}


def commands(command: Any, path: str = "ses-stack") -> Iterator[tuple[str, Any]]:
    """All commands with their full names, groups left out."""
    command = loaded(command)
    members = getattr(command, "commands", None)
    if members is None:
        yield path, command
        return
    for name, member in members.items():
        yield from commands(member, f"{path} {name}")


COMMANDS = dict(commands(typer.main.get_command(app)))


def section(name: str) -> str:
    """The part of docs/cli.md under a command's heading."""
    found = re.search(rf"^#+ `?{re.escape(name)}`?$(.*?)(?=^#|\Z)", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no heading `{name}`"
    return found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_options(name: str) -> None:
    text = section(name)
    for parameter in COMMANDS[name].params:
        long = [option for option in parameter.opts if option.startswith("--")]
        for option in set(long) - _EVERYWHERE:
            assert option in text, f"{name} {option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_has_the_name_of_the_documentation(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, TyperArgument):
            assert re.search(rf"\b{re.escape(parameter.display_name_raw)}\b", section(name)), parameter.name


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "ses-stack local demo"])
def test_every_command_speaks_json(name: str) -> None:
    assert any("--json" in parameter.opts for parameter in COMMANDS[name].params)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_examples(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert re.search(rf"Examples?:\s.*{name}\b", result.stdout, re.DOTALL)


def test_options_for_all_commands_are_documented() -> None:
    text = DOCS.read_text()
    for option in ("--stack-name", "--profile", "--region", "--json", "--version", "--install-completion"):
        assert f"`{option}" in text


@pytest.mark.parametrize("name", [*COMMANDS, "ses-stack", *sorted({name.rpartition(" ")[0] for name in COMMANDS})])
def test_no_help_is_cut_in_a_narrow_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    shown = CliRunner().invoke(app, [*name.split()[1:], "--help"]).stdout
    assert "Usage:" in shown
    assert "…" not in shown


def examples(name: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The examples in a command's help, as a terminal of 60 columns shows them and a shell reads them."""
    monkeypatch.setenv("COLUMNS", "60")
    shown = CliRunner().invoke(app, [*name.split()[1:], "--help"]).stdout
    found = re.search(r"Examples?:\s*\n(.*?)\n\s*\n", shown, re.DOTALL)
    assert found, name
    lines = "\n".join(line.strip() for line in found[1].splitlines())
    return lines.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_can_be_copied_from_a_narrow_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for example in examples(name, monkeypatch):
        substitution = re.fullmatch(r'eval "\$\((.*)\)"', example)
        words = shlex.split(substitution[1] if substitution else example)
        assert " ".join(words).startswith(f"{name}"), example
        known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        options = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert options <= known, example
