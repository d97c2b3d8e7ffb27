"""`ses-stack suppression`: who must not be mailed, why, and the operator's own word on it."""

from __future__ import annotations

import time
from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.errors import AccountListError, AddressError
from ses_stack.mail.addresses import bare, normalized
from ses_stack.mail.mailboxes import mailbox
from ses_stack.suppression import manual as suppressions
from ses_stack.suppression.account_compare import account_reason
from ses_stack.suppression.current import Known
from ses_stack.suppression.policy import EVERYTHING, OFF, Fact, FactKind, Reason, Suppression, checked_scope
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.files import export_list, import_list
from ses_stack_cli.suppression.sync import sync
from ses_stack_cli.suppression.target import (
    By,
    Scope,
    Suppressed,
    deadline,
    line_document,
    sentence,
    suppressed,
    what_of,
    whoever,
)

app = typer.Typer(no_args_is_help=True, help="See and change who must not be mailed.")

Addresses = Annotated[
    list[str], typer.Argument(metavar="ADDRESS...", help="In any case, with or without a name.", show_default=False)
]


@app.command("list")
@stack_options
def list_lines(
    *,
    scope: Annotated[str | None, typer.Option("--scope", help="Only this scope.", show_default=False)] = None,
    reason: Annotated[Reason | None, typer.Option("--reason", help="Only this reason.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many lines at most.")] = 100,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show the list: who is suppressed, from what, why and since when.

    Examples:
      ses-stack suppression list
      ses-stack suppression list --scope marketing --reason unsubscribe --json
    """
    if scope:
        checked_scope(scope)
    now = time.time()
    lines = suppressed(stack).list.lines(scope=scope, reason=reason)
    found = list(islice((line for line in lines if line.active(now)), limit + 1))
    if as_json:
        print_json({"suppressions": [line_document(line) for line in found[:limit]], "cut": len(found) > limit})
    elif found:
        print_lines(found[:limit])
    else:
        print_note("nobody is suppressed")
    if len(found) > limit:
        print_note(f"these are the first {limit}; --limit shows more, `ses-stack suppression export` gives all")


@app.command()
@stack_options
def get(
    address: Annotated[str, typer.Argument(help="In any case, with or without a name.", show_default=False)],
    *,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Explain an address: what it is suppressed from, why, since when, until when, and who removed it before.

    Exit code 1 if nothing is known of the address.

    Examples:
      ses-stack suppression get ann@example.com
      ses-stack suppression get "Ann <Ann@Example.com>" --json
    """
    place = suppressed(stack)
    known = suppressions.known(place.work(), address)
    if not known.facts and not known.current.suppressions:
        print_note(f"nothing is known of the address {address}")
        raise typer.Exit(1)
    if as_json:
        print_json(known_document(normalized(address), known))
    else:
        _print_known(normalized(address), known, place)


@app.command()
@stack_options
def add(
    addresses: Addresses,
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="bounce, complaint, unsubscribe or manual; any other text is a remark on manual."
        ),
    ] = Reason.MANUAL,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Suppress addresses by hand. What is suppressed from all mail is put on SES's own list too.

    Examples:
      ses-stack suppression add ann@example.com --reason "asked us by phone"
      ses-stack suppression add ann@example.com bob@example.com --scope marketing --reason unsubscribe
    """
    why, note = _reason(reason)
    checked_scope(scope)
    spelled = [_strict(address) for address in addresses]
    place = suppressed(stack)
    done = []
    for address in spelled:
        known, new = suppressions.add(place.work(), address, scope=scope, reason=why, by=whoever(by), note=note)
        line = known.current.suppressions[scope]
        listed = _put(place, line) if scope == EVERYTHING else None
        done.append({**line_document(line), "added": new, "on_account_list": listed})
        if not as_json:
            print_note(f"{address} {'is' if new else 'was already'} suppressed from {what_of(scope)}")
    if as_json:
        print_json({"suppressions": done})
    if any(each["on_account_list"] is False for each in done):
        raise typer.Exit(1)


@app.command()
@stack_options
def remove(
    addresses: Addresses,
    *,
    scope: Scope = EVERYTHING,
    reason: Annotated[str | None, typer.Option("--reason", help="Why, for the record.", show_default=False)] = None,
    by: By = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Lift suppressions by hand, and remember it: what happened before does not suppress again.

    Lifting what holds for all mail takes the address off SES's own list too, in every case that is known of it.
    Exit code 1 if an address was on neither list.

    Examples:
      ses-stack suppression remove ann@example.com --reason "mailbox works again"
      ses-stack suppression remove ann@example.com --scope topic:offers
    """
    checked_scope(scope)
    place = suppressed(stack)
    done = [_remove(place, address, scope, whoever(by), reason) for address in addresses]
    if as_json:
        print_json({"removed": done})
    else:
        for each in done:
            _tell_removed(each)
    if not all(each["removed"] for each in done) or any(each["error"] for each in done):
        raise typer.Exit(1)


app.command("import")(import_list)
app.command("export")(export_list)
app.command()(sync)


def known_document(recipient: str, known: Known) -> dict[str, Any]:
    """What is known of an address as JSON: the list's lines, and everything that bears on them, oldest first."""
    lines = _active(known)
    return {
        "recipient": recipient,
        "suppressed": bool(lines),
        "suppressions": [line_document(line) for line in lines],
        "account_list": known.current.mark,
        "history": [
            {
                "time": fact.time,
                "what": fact.kind,
                "scope": fact.scope,
                "reason": fact.reason,
                "subtype": fact.subtype,
                "source": fact.source,
                "message_id": fact.message_id,
                "by": fact.by,
                "note": fact.note,
            }
            for fact in _in_order(known)
        ],
    }


def print_lines(lines: list[Suppression]) -> None:
    """Lines of the list as a table."""
    print_table(
        ("ADDRESS", "SCOPE", "REASON", "SUBTYPE", "SINCE", "UNTIL", "SOURCE", "MESSAGE"),
        (
            [
                line.recipient,
                line.scope,
                line.reason,
                line.subtype or "",
                line.event_time,
                line_document(line)["expires_at"] or "",
                line.source,
                line.message_id or "",
            ]
            for line in lines
        ),
    )


_WHAT = {
    FactKind.SUPPRESS: "suppresses",
    FactKind.SOFT_BOUNCE: "soft bounce: evidence",
    FactKind.DELIVERY: "delivery: older evidence is void",
    FactKind.OPT_IN: "opted in",
    FactKind.NOT_SPAM: "marked as not spam",
    FactKind.REMOVAL: "removed",
    FactKind.POSSIBLE_COMPLAINT: "possible complaint: named with others",
    FactKind.NOTED: "noted only",
}


def _print_known(recipient: str, known: Known, place: Suppressed) -> None:
    lines = _active(known)
    print_text(printable(recipient, "bold"))
    for line in lines:
        print_text(printable(f"  {sentence(line)}"))
    if not lines:
        print_text("  is not suppressed")
    if place.synced and any(line.scope == EVERYTHING for line in lines):
        mark = known.current.mark
        print_text(f"  SES's list: {'not known to have it' if mark in (None, OFF) else f'put there as {mark}'}")
    print_text()
    print_table(
        ("TIME", "WHAT", "SCOPE", "REASON", "SOURCE", "BY", "NOTE", "MESSAGE"), map(_fact_row, _in_order(known))
    )


def _fact_row(fact: Fact) -> list[Text | str]:
    reason = "/".join(part for part in (fact.reason, fact.subtype) if part)
    cells = (fact.time, _WHAT[fact.kind], fact.scope, reason, fact.source)
    return [*cells, fact.by or "", fact.note or "", fact.message_id or ""]


def _active(known: Known) -> list[Suppression]:
    now = time.time()
    return [line for line in known.current.suppressions.values() if line.active(now)]


def _in_order(known: Known) -> list[Fact]:
    return sorted(known.facts, key=lambda fact: fact.key)


def _put(place: Suppressed, line: Suppression) -> bool | None:
    """Puts an address on SES's list; None: the stack leaves that alone."""
    if not place.synced:
        return None
    try:
        reason = account_reason(line.reason)
        place.account.put(line.as_spelled, reason)
        place.table.mark(line.recipient, reason, until=deadline())
    except AccountListError as error:
        print_note(
            f"{line.as_spelled} is on our list, but not on SES's: {error}. `ses-stack suppression sync` mends it"
        )
        return False
    return True


def _remove(place: Suppressed, address: str, scope: str, by: str, note: str | None) -> dict[str, Any]:
    """Ours first: a suppression writer that is just putting the address on SES's list then sees that it must not."""
    work = place.work()
    before = suppressions.known(work, address)
    lifted = None
    if before.facts:
        _, lifted = suppressions.remove(work, address, scope=scope, by=by, note=note)
    spellings = {fact.as_spelled for fact in before.facts} | {bare(address), normalized(address)}
    taken: list[str] = []
    error = None
    if scope == EVERYTHING:
        try:
            taken = [spelling for spelling in sorted(spellings) if place.account.remove(spelling)]
        except AccountListError as failure:
            error = str(failure)
        if taken and not before.facts:
            suppressions.remove(work, address, scope=scope, by=by, note=note)
        if before.current.mark and not error:
            place.table.mark(normalized(address), OFF, until=deadline())
    others = [line.scope for line in _active(before) if line.scope != scope]
    return {
        "recipient": normalized(address),
        "scope": scope,
        "removed": bool(lifted or taken),
        "lifted": line_document(lifted) if lifted else None,
        "taken_off_account_list": taken,
        "still_suppressed_from": others,
        "error": error,
    }


def _tell_removed(done: dict[str, Any]) -> None:
    address, what = done["recipient"], what_of(done["scope"])
    if done["lifted"]:
        print_note(f"{address} is no longer suppressed from {what}")
    elif not done["taken_off_account_list"]:
        print_note(f"{address} was not suppressed from {what}")
    if done["taken_off_account_list"]:
        print_note(f"{address} is off SES's list")
    if done["still_suppressed_from"]:
        print_note(
            f"{address} is still suppressed from {', '.join(map(what_of, done['still_suppressed_from']))}: see --scope"
        )
    if done["error"]:
        print_note(f"SES's list may still have {address}: {done['error']}. Run this again")


def _reason(text: str) -> tuple[Reason, str | None]:
    """A reason, or `manual` with a remark. What expires cannot be said by hand."""
    plain = text.strip().lower().replace("-", "_")
    if plain in set(Reason) - {Reason.SOFT_BOUNCE}:
        return Reason(plain), None
    return Reason.MANUAL, text.strip() or None


def _strict(address: str) -> str:
    try:
        return mailbox(address).address
    except ValueError as problem:
        raise AddressError(f"{address!r} is not an e-mail address: it {problem}") from None
