"""`ses-stack dlq list`: how many messages are in each dead-letter queue, and why."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ses_stack.dead_letters.examine import NO_TYPE, DeadLetterReport
from ses_stack.dead_letters.queues import DeadLetterQueue
from ses_stack_cli.dlq.printing import age, depth_document, print_incomplete
from ses_stack_cli.dlq.stack import examined, queues_of
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_table
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect


@stack_options
def list_queues(
    *,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="Letters to read in each queue at most.")
    ] = 1000,
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
    reports = examined(target, queues_of(target), limit)
    if as_json:
        print_json({"queues": [queue_document(queue, report, now) for queue, report in reports]})
        return
    print_table(
        ("QUEUE", "LETTERS", "OLDEST", "CAUSE", "COUNT", "TYPES"),
        (row for queue, report in reports for row in _queue_rows(queue, report, now)),
    )
    print_incomplete(reports)


def queue_document(queue: DeadLetterQueue, report: DeadLetterReport, now: float) -> dict[str, Any]:
    """A queue and the causes of its messages as JSON: a contract, to which keys may be added."""
    oldest = report.oldest_sent_at()
    return {
        **depth_document(queue, report),
        "oldest_age_seconds": None if oldest is None else round(now - oldest),
        "causes": [_cause_document(report, cause, types) for cause, types in report.causes()],
    }


def _cause_document(report: DeadLetterReport, cause: str, types: Counter[str]) -> dict[str, Any]:
    records = report.records(cause)
    counted = {"records": records} if records else {}
    return {"cause": cause, "count": types.total(), "types": dict(types), **counted}


def _queue_rows(queue: DeadLetterQueue, report: DeadLetterReport, now: float) -> Iterator[list[str]]:
    oldest = report.oldest_sent_at()
    head = [queue.name, str(report.depth.total), "" if oldest is None else age(now - oldest)]
    for cause, types in report.causes():
        records = report.records(cause)
        counts = ", ".join(f"{name} {count}" for name, count in types.most_common() if name != NO_TYPE)
        yield [*head, cause, str(types.total()), f"records {records}" if records else counts]
        head = ["", "", ""]
    if not report.messages:
        yield [*head, "", "", ""]
