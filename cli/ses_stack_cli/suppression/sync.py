"""`ses-stack suppression sync`: the stack's list and SES's account-level list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ses_stack.suppression.account import account_compare
from ses_stack.suppression.account.account_compare import AccountListDifference
from ses_stack.suppression.account.account_list import account_reason_of
from ses_stack.suppression.scopes import EVERYTHING
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import counted, print_json, print_note, print_table
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.options import By
from ses_stack_cli.suppression.target import operator_name, suppression_of

_SHOWN_ROWS = 50


@stack_options
def sync(
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Make both lists equal. Without it, nothing is changed.")
    ] = False,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Compare the permanent suppressions of all mail with SES's account-level list, both ways.

    Addresses that only SES's list has are added here; if they were removed here after SES listed them, they are removed
    from SES's list. Addresses that only our list has are added to SES's list. SES takes one call a second.
    The command can be stopped and run again. Exit code 1 if the lists differ and --apply was not given.

    Examples:
      ses-stack suppression sync
      ses-stack suppression sync --apply
    """
    suppression = suppression_of(stack)
    lists, ours = suppression.lists, suppression.reader.lines(scope=EVERYTHING)
    difference = account_compare.compare(lists, ours, suppression.account.addresses(), by=operator_name(by))
    if not as_json:
        _print(difference)
    if apply and difference.count:
        with _progress_bar(difference.count) as advance:
            account_compare.apply(lists, difference, turns=suppression.turns, on_done=advance)
    if as_json:
        print_json(_document(difference, applied=apply))
    elif apply and difference.count:
        print_note(f"the lists agree now: {counted(difference.count, 'address')} corrected")
    if difference.count and not apply:
        raise typer.Exit(1)


def _rows(difference: AccountListDifference) -> Iterator[tuple[str, str, str]]:
    for line in difference.only_here:
        yield line.as_spelled, "only here", f"put on SES's list as {account_reason_of(line.reason)}"
    for fact in difference.only_there:
        yield fact.as_spelled, "only on SES's list", f"add here as {fact.reason}"
    for fact in difference.lifted:
        yield fact.as_spelled, "lifted here", "take off SES's list"


def _print(difference: AccountListDifference) -> None:
    rows = list(_rows(difference))
    if rows:
        print_table(("ADDRESS", "WHERE", "WHAT SYNC DOES"), rows[:_SHOWN_ROWS])
    if len(rows) > _SHOWN_ROWS:
        print_note(f"and {len(rows) - _SHOWN_ROWS} more; --json lists all")
    print_note(f"{counted(difference.in_both, 'address')} on both lists, {len(rows):,} different")
    if difference.not_addresses:
        print_note(
            f"{len(difference.not_addresses)} entries match no e-mail address and are left alone; --json lists them"
        )


def _document(difference: AccountListDifference, *, applied: bool) -> dict[str, Any]:
    return {
        "in_both": difference.in_both,
        "only_here": [
            {"address": line.as_spelled, "reason": account_reason_of(line.reason)} for line in difference.only_here
        ],
        "only_there": [
            {"address": fact.as_spelled, "reason": fact.reason, "time": fact.time} for fact in difference.only_there
        ],
        "lifted": [{"address": fact.as_spelled} for fact in difference.lifted],
        "not_addresses": difference.not_addresses,
        "applied": applied,
    }


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, in a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("Correcting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
