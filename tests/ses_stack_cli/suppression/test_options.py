"""Options that the commands share."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ses_stack.suppression.files.columns import ColumnChoice
from ses_stack_cli.suppression.options import (
    Address,
    Addresses,
    By,
    ReasonFilter,
    Scope,
    ScopeFilter,
    column_choice,
)

app = typer.Typer()


@app.command()
def echo(
    address: Address,
    others: Addresses,
    scope: Scope = "*",
    only_reason: ReasonFilter = None,
    by: By = None,
) -> None:
    typer.echo((address, others, scope, only_reason and only_reason.value, by))


@app.command()
def search(only_scope: ScopeFilter = None) -> None:
    typer.echo(only_scope)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["echo", *arguments])


def test_the_options_have_their_names() -> None:
    result = run("a@x.org", "b@x.org", "c@x.org", "--scope", "marketing", "--reason", "complaint", "--by", "op")
    assert result.stdout == "('a@x.org', ['b@x.org', 'c@x.org'], 'marketing', 'complaint', 'op')\n"


def test_a_reason_is_one_of_the_lists() -> None:
    assert run("a@x.org", "b@x.org", "--reason", "because").exit_code == 2


def test_without_options_all_mail_is_meant() -> None:
    assert run("a@x.org", "b@x.org").stdout == "('a@x.org', ['b@x.org'], '*', None, None)\n"


def test_a_list_is_filtered_by_scope() -> None:
    assert CliRunner().invoke(app, ["search", "--scope", "marketing"]).stdout == "marketing\n"


def test_columns_are_chosen_and_left_out() -> None:
    assert column_choice(["address=Work mail", "note=a=b"], ["reason", "3"]) == ColumnChoice(
        {"address": "Work mail", "note": "a=b"}, frozenset({"reason", "3"})
    )
    assert column_choice(None, None) == ColumnChoice()


@pytest.mark.parametrize("option", ["address", "place=x", "=x", "address="])
def test_a_column_option_that_says_nothing(option: str) -> None:
    with pytest.raises(typer.BadParameter, match="FIELD is one of address, scope, reason"):
        column_choice([option], None)
