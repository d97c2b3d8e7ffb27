"""Commands that are imported when the operator calls them, so that a command loads only what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class LazyCommand(TyperCommand):
    """The name and the one-line help of a command. It stands for the command in lists of commands.

    `function` is where the command's function is: `package.module:name`.
    """

    def __init__(self, name: str, *, function: str, help: str) -> None:  # noqa: A002  # Typer's name for it
        super().__init__(name, help=help)
        self.function = function

    def load(self) -> Any:
        """Imports the module, and makes the command that Typer makes of the function."""
        module, _, function = self.function.partition(":")
        app = typer.Typer(add_completion=False)
        app.command(self.name)(getattr(import_module(module), function))
        return typer.main.get_command(app)


class LazyGroup(TyperGroup):
    """A group of commands. The group imports a command when the command is called, or its own help or options are."""

    def __init__(self, *, commands: Iterable[TyperCommand | TyperGroup], **attributes: Any) -> None:
        super().__init__(**attributes, commands={command.name: command for command in commands if command.name})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, loaded(command), rest


def loaded(command: Any) -> Any:
    """The command itself, where a `LazyCommand` stands for it."""
    return command.load() if isinstance(command, LazyCommand) else command
