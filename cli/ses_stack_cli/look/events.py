"""Stored events, as the commands that look at them read and print them."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ses_stack.history.adapters.reader import EventTableReader
from ses_stack.history.events import Bot, RecipientEvent
from ses_stack_cli.dynamodb import dynamodb_queries
from ses_stack_cli.output import coloured
from ses_stack_cli.target import Target


def event_reader(target: Target) -> EventTableReader:
    """The reader of a stack's EventTable."""
    return EventTableReader(dynamodb_queries(target), name=target.output("EventTableName"))


def event_document(event: RecipientEvent) -> dict[str, Any]:
    """An event of one message and one recipient as JSON: a contract, to which keys may be added."""
    return {
        "type": event.type,
        "subtype": event.subtype,
        "time": event.time,
        "detail": event.detail,
        "bot": event.bot,
    }


def event_cells(event: RecipientEvent) -> list[Text | str]:
    """The cells TIME, TYPE and SUBTYPE of an event in a table."""
    likely_bot = "likely a bot" if event.bot is Bot.LIKELY else ""
    return [event.time, coloured(event.type), event.subtype or likely_bot]
