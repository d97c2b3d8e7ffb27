"""`ses-stack dlq`: what could not be handled, why, and back with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.dead_letters import redrive as dead_letters
from ses_stack.dead_letters.letters import DeadLetterQueue, Diagnosis, Letter, Selection
from ses_stack.dead_letters.redrive import Examination
from ses_stack_cli.dlq.letters import diagnose_for, queue_opener, queues_of
from ses_stack_cli.dlq.redrive import redrive
from ses_stack_cli.options import Cause, QueueName, Types, event_types, stack_options
from ses_stack_cli.output import coloured, print_json, print_note, print_table, print_text, printable
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

app = typer.Typer(no_args_is_help=True, help="See what lies in the dead-letter queues and why, and put it back.")
app.command()(redrive)


@app.command("list")
@stack_options
def list_queues(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Letters to read in each queue at most.")] = 1000,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show how many letters lie in each dead-letter queue, how old they are, and why they are there.

    Letters are read and given back: nothing is consumed.

    Examples:
      ses-stack dlq list
      ses-stack dlq list --limit 10000 --json
    """
    target = connect(stack)
    now = time.time()
    found = [(queue, _examine(target, queue, limit)) for queue in queues_of(target)]
    if as_json:
        print_json({"queues": [_queue_document(queue, examined, now) for queue, examined in found]})
        return
    print_table(
        ("QUEUE", "LETTERS", "OLDEST", "CAUSE", "COUNT", "TYPES"),
        (row for queue, examined in found for row in _queue_rows(queue, examined, now)),
    )
    _tell_parts(found)


@app.command()
@stack_options
def peek(
    queue: QueueName = None,
    *,
    cause: Cause = None,
    types: Types = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Letters to read in each queue at most.")] = 100,
    body: Annotated[bool, typer.Option("--body", help="Print the letters' text too. It holds addresses.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show single letters. They are read and given back: nothing is consumed, though each look counts as a receipt.

    Examples:
      ses-stack dlq peek event
      ses-stack dlq peek event --cause FieldError --body
    """
    kinds = event_types(types)
    target = connect(stack)
    now = time.time()
    found = [(each, _examine(target, each, limit)) for each in queues_of(target, queue)]
    wanted = Selection(cause=cause, types=kinds, malformed=True)
    letters = [
        (each, letter, told)
        for each, examined in found
        for letter, told in examined.letters
        if not wanted.skips(letter, told)
    ]
    if as_json:
        print_json(
            {
                "letters": [_letter_document(*letter, now=now, body=body) for letter in letters],
                "queues": [_depth_document(each, examined) for each, examined in found],
            }
        )
        return
    _print_letters(letters, now, body)
    _tell_parts(found)


def _examine(target: Target, queue: DeadLetterQueue, limit: int) -> Examination:
    return dead_letters.examine(queue_opener(target)(queue.url), diagnose=diagnose_for(target, queue), limit=limit)


def _queue_document(queue: DeadLetterQueue, found: Examination, now: float) -> dict[str, Any]:
    oldest = min((letter.sent_at for letter, _ in found.letters), default=None)
    return {
        **_depth_document(queue, found),
        "oldest_age_seconds": None if oldest is None else round(now - oldest),
        "causes": [_cause_document(found, cause, types) for cause, types in found.causes()],
    }


def _cause_document(found: Examination, cause: str, types: Counter[str]) -> dict[str, Any]:
    records = found.records(cause)
    counted = {"records": records} if records else {}
    return {"cause": cause, "count": types.total(), "types": dict(types), **counted}


def _depth_document(queue: DeadLetterQueue, found: Examination) -> dict[str, Any]:
    return {
        "queue": queue.name,
        "depth": found.depth.total,
        "invisible": found.depth.invisible,
        "examined": len(found.letters),
        "complete": found.complete,
    }


def _letter_document(
    queue: DeadLetterQueue, letter: Letter, told: Diagnosis, *, now: float, body: bool
) -> dict[str, Any]:
    return {
        "queue": queue.name,
        "id": letter.id,
        "cause": told.cause,
        "type": told.type,
        "message_id": told.message_id,
        "request_id": told.request_id,
        "stream": told.stream,
        "records": told.records,
        "malformed": told.malformed,
        "age_seconds": round(now - letter.sent_at),
        "receive_count": letter.receive_count,
        **({"body": letter.body} if body else {}),
    }


def _queue_rows(queue: DeadLetterQueue, found: Examination, now: float) -> Iterator[list[Any]]:
    oldest = min((letter.sent_at for letter, _ in found.letters), default=None)
    head = [queue.name, str(found.depth.total), "" if oldest is None else _age(now - oldest)]
    for cause, types in found.causes():
        records = found.records(cause)
        kinds = ", ".join(f"{kind} {count}" for kind, count in types.most_common())
        yield [*head, cause, str(types.total()), f"records {records}" if records else kinds]
        head = ["", "", ""]
    if not found.letters:
        yield [*head, "", "", ""]


def _print_letters(letters: Sequence[tuple[DeadLetterQueue, Letter, Diagnosis]], now: float, body: bool) -> None:
    rows: list[list[Text | str]] = [
        [
            queue.name,
            letter.id,
            _age(now - letter.sent_at),
            str(letter.receive_count),
            coloured(told.type or told.stream or "-"),
            told.cause,
            _about(told),
        ]
        for queue, letter, told in letters
    ]
    if rows:
        print_table(("QUEUE", "LETTER", "AGE", "RECEIVED", "TYPE", "CAUSE", "ABOUT"), rows)
    else:
        print_note("there is no such letter")
    for _, letter, _ in letters if body else ():
        print_text()
        print_text(printable(letter.id, "bold"))
        print_text(printable(letter.body))


def _about(told: Diagnosis) -> str:
    return told.message_id or told.request_id or (f"records {told.records}" if told.records else "-")


def _tell_parts(found: Sequence[tuple[DeadLetterQueue, Examination]]) -> None:
    for queue, examined in found:
        if examined.complete:
            continue
        hidden = f"; about {examined.depth.invisible} are hidden by another reader" if examined.depth.invisible else ""
        print_note(f"{queue.name}: read {len(examined.letters)} of about {examined.depth.total} letters{hidden}")


def _age(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
