"""`ses-stack timeline`: the events of one message, and its row in the ledger."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.history.adapters.reader import EventTableReader
from ses_stack.history.lookup import raw_payloads
from ses_stack.history.timeline import RecipientTimeline, Timeline
from ses_stack.sending.outcomes.story import Story, story
from ses_stack_cli.look.advice import advice
from ses_stack_cli.look.events import event_cells, event_document, event_reader
from ses_stack_cli.look.requests import ledger_reader, print_request, request_document
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import coloured, print_json, print_note, print_raw, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect

# SES's ids have about 60 characters, request ids 128 at most. DynamoDB refuses a key of more than 2,048 bytes.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_LONGEST_ID = 256


@stack_options
def timeline(
    message_id: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE_ID", help="The message id that SES gave, or the request id.", show_default=False
        ),
    ],
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Print SES's own records, as they arrived.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show what happened to one message: on its way to SES, and then recipient by recipient.

    Exit code 1 if nothing is known of the message.

    Examples:
      ses-stack timeline password-reset-8842
      ses-stack timeline 0100019abc-1234 --json
      ses-stack timeline 0100019abc-1234 --raw
    """
    if not message_id.strip():
        raise typer.BadParameter("it is empty", param_hint="MESSAGE_ID")
    if len(message_id) > _LONGEST_ID:
        raise typer.BadParameter(f"an id has at most {_LONGEST_ID} characters", param_hint="MESSAGE_ID")
    target = connect(stack)
    reader = event_reader(target)
    found = story(reader, ledger_reader(target), message_id)
    if found is None:
        raise _unknown(message_id)
    if raw:
        _print_raw(reader, found, message_id)
    elif as_json:
        print_json(story_document(found) | {"advice": advice(found, time.time())})
    else:
        _print_story(found)
        for sentence in advice(found, time.time()):
            print_note(sentence)


def story_document(found: Story) -> dict[str, Any]:
    """A message's timeline and its request as JSON. A message that was not sent has only the request."""
    entry = found.entry
    if found.timeline:
        document = timeline_document(found.timeline)
    else:
        document = {
            "message_id": entry and entry.message_id,
            "status": entry and entry.status,
            "subject": None,
            "sender": None,
            "stream": entry and entry.stream,
            "request_id": entry and entry.request_id,
            "recipients": [],
        }
    return document | {"request": request_document(entry) if entry else None}


def timeline_document(found: Timeline) -> dict[str, Any]:
    """A timeline as JSON: a contract, to which keys may be added."""
    return {
        "message_id": found.message_id,
        "status": found.status,
        "subject": found.subject,
        "sender": found.sender,
        "stream": found.stream,
        "request_id": found.request_id,
        "recipients": [
            {
                "recipient": each.recipient,
                "status": each.status,
                "events": [event_document(event) for event in each.events],
            }
            for each in found.recipients
        ],
    }


def _print_story(found: Story) -> None:
    if found.entry:
        print_request(found.entry)
    if found.entry and found.timeline:
        print_text()
    if found.timeline:
        _print_timeline(found.timeline)


def _print_timeline(found: Timeline) -> None:
    for name, value in (
        ("Message", printable(found.message_id)),
        ("Subject", printable(found.subject or "-")),
        ("From", printable(found.sender or "-")),
        ("Stream", printable(found.stream)),
        ("Status", coloured(found.status)),
    ):
        print_text(Text.assemble(f"{name:<9}", value))
    for each in found.recipients:
        _print_recipient_timeline(each)


def _print_recipient_timeline(each: RecipientTimeline) -> None:
    print_text()
    if each.recipient and each.status:
        print_text(Text.assemble(printable(each.recipient, "bold"), "  ", coloured(each.status)))
    else:
        print_text(Text("SES does not say which recipient", "bold"))
    rows = ([*event_cells(event), event.detail or ""] for event in each.events)
    print_table(("TIME", "TYPE", "SUBTYPE", "DETAIL"), rows)


def _print_raw(reader: EventTableReader, found: Story, name: str) -> None:
    if not found.timeline:
        print_note(f"the request {name} is known, and no event of it")
        raise typer.Exit(1)
    for payload in raw_payloads(reader, found.timeline.message_id):
        print_raw(payload)


def _unknown(message_id: str) -> typer.Exit:
    print_note(
        f"nothing is known of the message {message_id}. "
        "If it was queued, it still waits in its lane for the first time: see `ses-stack queue`"
    )
    return typer.Exit(1)
