"""Options that several commands of `ses-stack suppression` share."""

from __future__ import annotations

from typing import Annotated

import typer

from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.columns import FIELDS, ColumnChoice
from ses_stack_cli.completion import complete_scope
from ses_stack_cli.options import some_text

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="In upper or lower case, with or without a display name.", show_default=False
    ),
]
Addresses = Annotated[
    list[str],
    typer.Argument(
        metavar="ADDRESS", help="In upper or lower case, with or without a display name.", show_default=False
    ),
]
Scope = Annotated[
    str,
    typer.Option(
        "--scope",
        help="The scope: * (all mail), a stream's name, or topic:NAME.",
        show_default=True,
        autocompletion=complete_scope,
    ),
]
ScopeFilter = Annotated[
    str | None,
    typer.Option("--scope", help="Only this scope.", show_default=False, autocompletion=complete_scope),
]
ReasonFilter = Annotated[Reason | None, typer.Option("--reason", help="Only this reason.", show_default=False)]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        parser=some_text,
        help="The operator's name, for the record. Without it: the login name.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="The file's column for a field, such as address='Work mail', by name or number. Repeatable.",
        show_default=False,
    ),
]
IgnoredColumns = Annotated[
    list[str] | None,
    typer.Option("--ignore-column", metavar="NAME", help="Do not load this column. Repeatable.", show_default=False),
]


def column_choice(columns: list[str] | None, ignored: list[str] | None) -> ColumnChoice:
    """What --column and --ignore-column say. Ends the command with a usage error for an unknown field."""
    chosen: dict[str, str] = {}
    for each in columns or ():
        field, equals, name = each.partition("=")
        if field not in FIELDS or not equals or not name:
            raise typer.BadParameter(f"FIELD=NAME, where FIELD is one of {', '.join(FIELDS)}", param_hint="--column")
        chosen[field] = name
    return ColumnChoice(chosen, frozenset(ignored or ()))
