"""`ses-stack tail`: the latest events of all messages."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.history.adapters.reader import EventTableReader
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import FEED_TYPES
from ses_stack.history.lookup import follow as follow_feed
from ses_stack.history.lookup import recent
from ses_stack.mail.event_types import EventType
from ses_stack_cli.look.events import event_cells, event_reader
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
from ses_stack_cli.target import connect

_MAXIMUM_LOOK_BACK = timedelta(days=31)
# The longest name of an event type, so that the recipients of followed events stand in one column.
_TYPE_WIDTH = 17


@stack_options
def tail(
    *,
    types: Types = None,
    since: Annotated[str, typer.Option("--since", help="How far back: 30s, 15m, 1h, 2d, or a time.")] = "1h",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing what comes; Ctrl-C ends it.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="How many of the newest events at most.")
    ] = 500,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show the latest events of all messages: what was sent, and every kind of problem.

    Deliveries, opens and clicks are not in this feed, because they are most of the volume: see `timeline` and
    `recipient`. Nor are Send events of send requests, where the stack has RequestSendsInTail=false.

    Examples:
      ses-stack tail
      ses-stack tail --type bounce --type complaint --since 2d
      ses-stack tail --follow --json
    """
    feed_types = _feed_types(types)
    start = _start(since)
    target = connect(stack)
    reader = event_reader(target)
    if EventType.SEND in (feed_types or FEED_TYPES) and target.outputs.get("RequestSendsInTail") == "false":
        print_note("Send events of send requests are not in the feed: `ses-stack timeline REQUEST_ID` shows them")
    if follow:
        _follow(reader, start, feed_types, limit, as_json)
    else:
        _print_recent(reader, start, feed_types, limit, as_json)


def feed_document(event: RecipientEvent) -> dict[str, Any]:
    """An event of the feed as JSON: a contract, to which keys may be added."""
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


def _feed_types(names: list[str] | None) -> frozenset[EventType]:
    types = event_types(names)
    if missing := sorted(types - FEED_TYPES):
        raise typer.BadParameter(
            f"the feed has no {', '.join(missing)} events: they are most of the volume, and each index costs a write. "
            "`ses-stack timeline MESSAGE_ID` and `ses-stack recipient ADDRESS` show them",
            param_hint="--type",
        )
    return types


def _start(since: str) -> datetime:
    now = _now()
    start = moment(since, now)
    if now - start > _MAXIMUM_LOOK_BACK:
        raise typer.BadParameter(f"tail looks back {_MAXIMUM_LOOK_BACK.days} days at most", param_hint="--since")
    return start


def _print_recent(
    reader: EventTableReader, since: datetime, types: Collection[EventType], limit: int, as_json: bool
) -> None:
    with spinner("reading the feed"):
        found = recent(reader, since=since, now=_now(), types=types, limit=limit)
    if as_json:
        print_json({"events": [feed_document(event) for event in found.events], "cut": found.truncated})
    elif found.events:
        print_table(("TIME", "TYPE", "RECIPIENT", "SUBTYPE", "DETAIL", "MESSAGE"), map(_feed_row, found.events))
    else:
        print_note(f"nothing happened since {since:%Y-%m-%d %H:%M:%S} UTC")
    if found.truncated:
        print_note(f"these are the newest {limit}; --limit shows more")


def _follow(reader: EventTableReader, since: datetime, types: Collection[EventType], limit: int, as_json: bool) -> None:
    for event in follow_feed(reader, since=since, types=types, limit=limit, clock=_now, sleep=time.sleep):
        if as_json:
            print_json_line(feed_document(event))
        else:
            print_text(_feed_line(event))


def _feed_row(event: RecipientEvent) -> list[Text | str]:
    event_time, event_type, subtype = event_cells(event)
    return [event_time, event_type, event.recipient or "-", subtype, event.detail or "", event.message_id]


def _feed_line(event: RecipientEvent) -> Text:
    event_time, event_type, *rest = _feed_row(event)
    padded = coloured(f"{event_type}")
    padded.pad_right(max(0, _TYPE_WIDTH - len(padded)))
    return Text("  ").join([printable(str(event_time)), padded, *(printable(str(cell)) for cell in rest if cell)])


def _now() -> datetime:
    return datetime.now(UTC)
