"""`ses-stack dlq peek`: single messages of the dead-letter queues."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.dead_letters.messages import DeadLetterMessage, Failure
from ses_stack.dead_letters.queues import DeadLetterQueue
from ses_stack.dead_letters.selection import Selection
from ses_stack_cli.dlq.printing import age, depth_document, print_incomplete
from ses_stack_cli.dlq.stack import examined, queues_of
from ses_stack_cli.options import Cause, QueueName, Types, event_types, stack_options
from ses_stack_cli.output import coloured, print_json, print_note, print_raw, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect

type _Found = tuple[DeadLetterQueue, DeadLetterMessage, Failure]


@stack_options
def peek(
    queue: QueueName = None,
    *,
    cause: Cause = None,
    types: Types = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="Letters to read in each queue at most.")
    ] = 100,
    body: Annotated[bool, typer.Option("--body", help="Print the letters' text too. It holds addresses.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show single letters. They are read and given back: nothing is consumed, though each look counts as a receipt.

    Examples:
      ses-stack dlq peek event
      ses-stack dlq peek event --cause FieldError --body
    """
    selection = Selection(cause=cause, types=event_types(types), malformed=True)
    target = connect(stack)
    now = time.time()
    reports = examined(target, queues_of(target, queue), limit)
    found = [
        (each, message, failure)
        for each, report in reports
        for message, failure in report.messages
        if not selection.skips(message, failure)
    ]
    if as_json:
        documents = [letter_document(*each, now=now, body=body) for each in found]
        print_json({"letters": documents, "queues": [depth_document(*each) for each in reports]})
        return
    _print_messages(found, now, body)
    print_incomplete(reports)


def letter_document(
    queue: DeadLetterQueue, message: DeadLetterMessage, failure: Failure, *, now: float, body: bool
) -> dict[str, Any]:
    """A message as JSON: a contract, to which keys may be added."""
    return {
        "queue": queue.name,
        "id": message.id,
        "cause": failure.cause,
        "type": failure.type,
        "message_id": failure.message_id,
        "request_id": failure.request_id,
        "stream": failure.stream,
        "records": failure.records,
        "malformed": failure.malformed,
        "age_seconds": round(now - message.sent_at),
        "receive_count": message.receive_count,
        **({"body": message.body} if body else {}),
    }


def _print_messages(found: Sequence[_Found], now: float, body: bool) -> None:
    if not found:
        print_note("there is no such letter")
        return
    print_table(
        ("QUEUE", "LETTER", "AGE", "RECEIVED", "TYPE", "CAUSE", "ABOUT"), [_row(*each, now=now) for each in found]
    )
    for _, message, _ in found if body else ():
        print_text()
        print_text(printable(message.id, "bold"))
        print_raw(message.body)


def _row(queue: DeadLetterQueue, message: DeadLetterMessage, failure: Failure, *, now: float) -> list[Text | str]:
    return [
        queue.name,
        message.id,
        age(now - message.sent_at),
        str(message.receive_count),
        coloured(failure.type or failure.stream or "-"),
        failure.cause,
        _subject(failure),
    ]


def _subject(failure: Failure) -> str:
    return failure.message_id or failure.request_id or (f"records {failure.records}" if failure.records else "-")
