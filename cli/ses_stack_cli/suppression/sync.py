"""`ses-stack suppression sync`: our list and SES's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ses_stack.suppression.account_compare import Difference, account_reason, compare, mend
from ses_stack.suppression.adapters.account_list import Listed
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, print_table
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.target import By, Suppressed, deadline, suppressed, whoever

_SHOWN = 50


@stack_options
def sync(
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Mend what differs; without it, nothing is changed.")] = False,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Compare what lasts on our list with SES's account-level list, both ways.

    What only SES has is added here, unless it was lifted here later: then it is taken off there. What only we have is
    put there, at one call a second, which SES's control plane allows. Can be stopped, and run again.
    Exit code 1 if the lists differ and --apply was not given.

    Examples:
      ses-stack suppression sync
      ses-stack suppression sync --apply
    """
    place = suppressed(stack)
    found = compare(place.work(), place.list.lines(scope="*"), _theirs(place), by=whoever(by), deadline=deadline)
    if not as_json:
        _print(found)
    if apply and found.count:
        with _bar(found.count) as advance:
            mend(
                place.work(),
                found,
                table=place.table,
                account=place.account,
                turns=place.turns,
                deadline=deadline,
                on_done=advance,
            )
    if as_json:
        print_json(_document(found, applied=apply))
    elif apply and found.count:
        print_note(f"the lists agree now: {found.count} addresses were mended")
    if found.count and not apply:
        raise typer.Exit(1)


def _theirs(place: Suppressed) -> Iterator[Listed]:
    token: str | None = None
    while True:
        page, token = place.account.page(token)
        yield from page
        if not token:
            return


def _rows(found: Difference) -> Iterator[tuple[str, str, str]]:
    for line in found.only_here:
        yield line.as_spelled, "only here", f"put on SES's list as {account_reason(line.reason)}"
    for fact in found.only_there:
        yield fact.as_spelled, "only on SES's list", f"add here as {fact.reason}"
    for fact in found.lifted:
        yield fact.as_spelled, "lifted here", "take off SES's list"


def _print(found: Difference) -> None:
    rows = list(_rows(found))
    if rows:
        print_table(("ADDRESS", "WHERE", "WHAT SYNC DOES"), rows[:_SHOWN])
    if len(rows) > _SHOWN:
        print_note(f"and {len(rows) - _SHOWN} more; --json lists all")
    print_note(f"{found.in_both} addresses are on both lists, {len(rows)} differ")


def _document(found: Difference, *, applied: bool) -> dict[str, Any]:
    return {
        "in_both": found.in_both,
        "only_here": [{"address": line.as_spelled, "reason": account_reason(line.reason)} for line in found.only_here],
        "only_there": [
            {"address": fact.as_spelled, "reason": fact.reason, "time": fact.time} for fact in found.only_there
        ],
        "lifted": [{"address": fact.as_spelled} for fact in found.lifted],
        "applied": applied,
    }


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("Mending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
