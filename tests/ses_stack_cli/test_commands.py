"""The list of all commands."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ses_stack_cli.commands import COMMANDS
from ses_stack_cli.lazy import LazyCommand

MEMBERS: dict[str, Any] = {
    f"{command.name} {name}".strip(): member
    for command in COMMANDS
    for name, member in getattr(command, "commands", {"": command}).items()
}


@pytest.mark.parametrize("name", MEMBERS)
def test_the_line_in_the_list_is_the_first_of_the_commands_own_help(name: str) -> None:
    listed = MEMBERS[name]
    assert isinstance(listed, LazyCommand)
    assert listed.help == inspect.cleandoc(listed.load().help).partition("\n\n")[0].replace("\n", " ")


def test_the_groups() -> None:
    groups = [command.name for command in COMMANDS if not isinstance(command, LazyCommand)]
    assert groups == ["dlq", "suppression", "local"]
