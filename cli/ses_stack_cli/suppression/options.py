"""Options that several commands of `ses-stack suppression` share."""

from __future__ import annotations

from typing import Annotated

import typer

from ses_stack.suppression.facts import Reason
from ses_stack_cli.completion import complete_scope

Address = Annotated[
    str, typer.Argument(help="In upper or lower case, with or without a display name.", show_default=False)
]
Addresses = Annotated[
    list[str],
    typer.Argument(
        metavar="ADDRESS...", help="In upper or lower case, with or without a display name.", show_default=False
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
    typer.Option("--by", help="The operator's name, for the record. Without it: the login name.", show_default=False),
]
