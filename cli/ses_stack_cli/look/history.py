"""`ses-stack timeline`, `recipient` and `tail`: looking."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.history import lookup as history
from ses_stack.history.adapters.reader import EventTableReader
from ses_stack.history.events import Bot, RecipientEvent
from ses_stack.history.keys import FEED_TYPES
from ses_stack.history.lookup import EventPage, RecipientHistory
from ses_stack.history.timeline import RecipientTimeline, Timeline
from ses_stack.mail.addresses import normalized
from ses_stack.mail.event_types import EventType
from ses_stack.sending import story as requests
from ses_stack.sending.story import Story
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.look.requests import ledger_of, print_request, request_document
from ses_stack_cli.options import Types, event_types, moment, stack_options
from ses_stack_cli.output import (
    coloured,
    print_json,
    print_json_line,
    print_note,
    print_table,
    print_text,
    printable,
    spinner,
)
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression.target import line_document, sentence, suppressions_of
from ses_stack_cli.target import Target, connect

_LONGEST_LOOK_BACK = timedelta(days=31)


@stack_options
def timeline(
    message_id: Annotated[
        str, typer.Argument(help="The message id that SES gave, or the request id.", show_default=False)
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
    target = connect(stack)
    reader = _reader(target)
    found = requests.story(reader, ledger_of(target), message_id)
    if found is None:
        _unknown_message(message_id)
    elif raw:
        _print_raw(reader, found, message_id)
    elif as_json:
        print_json(story_document(found))
    else:
        _print_story(found)


@stack_options
def recipient(
    address: Annotated[
        str, typer.Argument(help="The address, in any case, with or without a name.", show_default=False)
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

    Exit code 1 if nothing is known of the address.

    Examples:
      ses-stack recipient ann@example.com
      ses-stack recipient "Ann <Ann@Example.com>" --limit 10 --json
    """
    target = connect(stack)
    found = history.recipient_history(_reader(target), address, limit=limit, page=page)
    suppressed = suppressions_of(target, address)
    if found is None and not suppressed:
        print_note(f"nothing is known of the address {address}")
        raise typer.Exit(1)
    found = found or RecipientHistory(normalized(address), EventPage((), None))
    if as_json:
        print_json(recipient_document(found, suppressed))
    else:
        _print_recipient(found, suppressed)


@stack_options
def tail(
    *,
    types: Types = None,
    since: Annotated[str, typer.Option("--since", help="How far back: 30s, 15m, 1h, 2d, or a time.")] = "1h",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing what comes; Ctrl-C ends it.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the newest events at most.")] = 500,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show the latest events of all messages: what was sent, and every kind of problem.

    Deliveries, opens and clicks are not in this feed, because they are most of the volume: see `timeline` and
    `recipient`.

    Examples:
      ses-stack tail
      ses-stack tail --type bounce --type complaint --since 2d
      ses-stack tail --follow --json
    """
    kinds = _feed_types(types)
    now = datetime.now(UTC)
    start = moment(since, now)
    if now - start > _LONGEST_LOOK_BACK:
        raise typer.BadParameter(f"tail looks back {_LONGEST_LOOK_BACK.days} days at most", param_hint="--since")
    reader = _reader(connect(stack))
    if follow:
        _follow(reader, start, kinds, limit, as_json)
        return
    with spinner("reading the feed"):
        found = history.recent(reader, since=start, now=now, types=kinds, limit=limit)
    if as_json:
        print_json({"events": [feed_document(event) for event in found.events], "cut": found.truncated})
    elif found.events:
        print_table(("TIME", "TYPE", "RECIPIENT", "SUBTYPE", "DETAIL", "MESSAGE"), map(_feed_row, found.events))
    else:
        print_note(f"nothing happened since {start:%Y-%m-%d %H:%M:%S} UTC")
    if found.truncated:
        print_note(f"these are the newest {limit}; --limit shows more")


def story_document(found: Story) -> dict[str, Any]:
    """A message's story as JSON: its timeline, and the ledger's row. Mail that was not sent has only the latter."""
    entry = found.entry
    if found.timeline:
        told = timeline_document(found.timeline)
    else:
        told = {
            "message_id": entry and entry.message_id,
            "status": entry and entry.status,
            "subject": None,
            "sender": None,
            "stream": entry and entry.stream,
            "request_id": entry and entry.request_id,
            "recipients": [],
        }
    return told | {"request": request_document(entry) if entry else None}


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
            {"recipient": each.recipient, "status": each.status, "events": [_event_document(e) for e in each.events]}
            for each in found.recipients
        ],
    }


def recipient_document(found: RecipientHistory, suppressed: Sequence[Suppression]) -> dict[str, Any]:
    """A recipient's suppressions and history as JSON."""
    return {
        "recipient": found.recipient,
        "suppressions": [line_document(line) for line in suppressed],
        "events": [
            {
                "message_id": event.message_id,
                **_event_document(event),
                "stream": event.stream,
                "subject": event.subject,
                "sender": event.sender,
            }
            for event in found.page.events
        ],
        "next": found.page.next,
    }


def feed_document(event: RecipientEvent) -> dict[str, Any]:
    """An event of the feed as JSON."""
    return {
        "message_id": event.message_id,
        "recipient": event.recipient,
        "type": event.type,
        "subtype": event.subtype,
        "time": event.time,
        "detail": event.detail,
        "stream": event.stream,
        "subject": event.subject,
    }


def _event_document(event: RecipientEvent) -> dict[str, Any]:
    return {
        "type": event.type,
        "subtype": event.subtype,
        "time": event.time,
        "detail": event.detail,
        "bot": event.bot,
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
    print_table(
        ("TIME", "TYPE", "SUBTYPE", "DETAIL"), ([*_when_and_what(event), event.detail or ""] for event in each.events)
    )


def _print_recipient(found: RecipientHistory, suppressed: Sequence[Suppression]) -> None:
    print_text(printable(found.recipient, "bold"))
    for line in suppressed:
        print_text(printable(f"  {sentence(line)}", "red"))
    print_table(
        ("TIME", "TYPE", "SUBTYPE", "DETAIL", "SUBJECT", "STREAM", "MESSAGE"),
        (
            [*_when_and_what(event), event.detail or "", event.subject or "", event.stream, event.message_id]
            for event in found.page.events
        ),
    )
    if found.page.next:
        print_note(f"there are older ones: --page '{found.page.next}', or a higher --limit")


def _print_raw(reader: EventTableReader, found: Story, name: str) -> None:
    if not found.timeline:
        print_note(f"the request {name} is known, and no event of it")
        raise typer.Exit(1)
    for payload in history.raw_payloads(reader, found.timeline.message_id):
        typer.echo(payload.encode("utf-8", "replace"))


def _unknown_message(message_id: str) -> None:
    print_note(
        f"nothing is known of the message {message_id}. "
        "If it was queued, it still waits in its lane for the first time: see `ses-stack queue`"
    )
    raise typer.Exit(1)


def _follow(reader: EventTableReader, since: datetime, types: frozenset[EventType], limit: int, as_json: bool) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    for event in history.follow(reader, since=since, types=types, limit=limit, clock=now, sleep=time.sleep):
        if as_json:
            print_json_line(feed_document(event))
        else:
            print_text(_feed_line(event))


def _feed_types(names: list[str] | None) -> frozenset[EventType]:
    types = event_types(names)
    if left_out := sorted(types - FEED_TYPES):
        raise typer.BadParameter(
            f"the feed has no {', '.join(left_out)} events: they are most of the volume, and each index costs a write. "
            "`ses-stack timeline MESSAGE_ID` and `ses-stack recipient ADDRESS` show them",
            param_hint="--type",
        )
    return types


def _feed_row(event: RecipientEvent) -> list[Text | str]:
    when, what, subtype = _when_and_what(event)
    return [when, what, event.recipient or "-", subtype, event.detail or "", event.message_id]


def _feed_line(event: RecipientEvent) -> Text:
    when, what, *rest = _feed_row(event)
    what = coloured(f"{what}")
    what.pad_right(max(0, 17 - len(what)))
    return Text("  ").join([printable(str(when)), what, *(printable(str(cell)) for cell in rest if cell)])


def _when_and_what(event: RecipientEvent) -> list[Text | str]:
    likely = "likely a bot" if event.bot is Bot.LIKELY else ""
    return [event.time, coloured(event.type), event.subtype or likely]


def _reader(target: Target) -> EventTableReader:
    return EventTableReader(target.client("dynamodb"), name=target.output("EventTableName"))
