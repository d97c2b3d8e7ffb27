"""`ses-stack recipient`: the suppressions and the events of one address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.history.lookup import EventPage, RecipientHistory, recipient_history
from ses_stack.mail.addresses import address_key
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.outcomes.ledger import LedgerEntry
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.look.events import event_cells, event_document, event_reader
from ses_stack_cli.look.requests import coloured_status, ledger_reader, request_document
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.documents import line_document, sentence
from ses_stack_cli.suppression.target import suppressions_of
from ses_stack_cli.target import connect


@stack_options
def recipient(
    address: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help="The address, in any case, with or without a name.", show_default=False),
    ],
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many events at most.")] = 50,
    page: Annotated[
        str | None, typer.Option("--page", help="Go on where a page ended: its `next`.", show_default=False)
    ] = None,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show what one address is suppressed from, and everything that happened to it, newest first.

    Requests to the address that SES has not got are shown too: held up, failed, expired or suppressed.
    Exit code 1 if nothing is known of the address.

    Examples:
      ses-stack recipient ann@example.com
      ses-stack recipient "Ann <Ann@Example.com>" --limit 10 \\
        --json
    """
    target = connect(stack)
    history = recipient_history(event_reader(target), address, limit=limit, page=page)
    suppressions = suppressions_of(target, address)
    reader = None if page else ledger_reader(target)  # a later page has events only
    unsent = reader.unsent_to(address_key(address), limit=limit) if reader else []
    if history is None and not suppressions and not unsent:
        print_note(
            f"nothing is known of the address {address}. If mail to it was queued, it still waits in its lane for the "
            "first time: see `ses-stack queue`"
        )
        raise typer.Exit(1)
    history = history or RecipientHistory(address_key(address), EventPage((), None))
    if as_json:
        print_json(recipient_document(history, suppressions, unsent))
    else:
        _print_recipient(history, suppressions, unsent)


def recipient_document(
    history: RecipientHistory, suppressions: Sequence[Suppression], unsent: Iterable[LedgerEntry]
) -> dict[str, Any]:
    """A recipient's suppressions, unsent requests and history as JSON: a contract, to which keys may be added."""
    return {
        "recipient": history.recipient,
        "suppressions": [line_document(line) for line in suppressions],
        "requests": [request_document(entry) for entry in unsent],
        "events": [
            {
                "message_id": event.message_id,
                **event_document(event),
                "stream": event.stream,
                "subject": event.subject,
                "sender": event.sender,
            }
            for event in history.page.events
        ],
        "next": history.page.next,
    }


def _print_recipient(
    history: RecipientHistory, suppressions: Sequence[Suppression], unsent: Sequence[LedgerEntry]
) -> None:
    print_text(printable(history.recipient, "bold"))
    for line in suppressions:
        print_text(printable(f"  {sentence(line)}", "red"))
    if unsent:
        print_text("Requests that were not sent")
        print_table(
            ("QUEUED", "STATUS", "REASON", "STREAM", "REQUEST"),
            [_request_row(entry, history.recipient) for entry in unsent],
        )
        print_text("Events" if history.page.events else "No event is stored")
    if not history.page.events:
        return
    print_table(
        ("TIME", "TYPE", "SUBTYPE", "DETAIL", "SUBJECT", "STREAM", "MESSAGE"),
        (
            [*event_cells(event), event.detail or "", event.subject or "", event.stream, event.message_id]
            for event in history.page.events
        ),
    )
    if history.page.next:
        print_note(f"there are older ones: --page '{history.page.next}', or a higher --limit")


def _request_row(entry: LedgerEntry, recipient: str) -> list[Text | str]:
    left_out = entry.suppressed.get(recipient)
    reason = f"left out: {left_out}" if left_out else entry.reason or entry.deferral or ""
    queued = epoch_utc_milliseconds(entry.queued_at)
    return [queued, coloured_status(entry.status), reason, entry.stream, entry.request_id]
