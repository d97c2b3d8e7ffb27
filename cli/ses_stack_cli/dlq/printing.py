"""What `dlq list` and `dlq peek` print in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ses_stack.dead_letters.examine import DeadLetterReport
from ses_stack.dead_letters.queues import DeadLetterQueue
from ses_stack_cli.output import print_note

_UNITS_SECONDS = (("d", 86_400), ("h", 3600), ("min", 60))


def depth_document(queue: DeadLetterQueue, report: DeadLetterReport) -> dict[str, Any]:
    """How many messages a queue has, and how many of them were read, as JSON."""
    return {
        "queue": queue.name,
        "depth": report.depth.total,
        "invisible": report.depth.invisible,
        "examined": len(report.messages),
        "complete": report.complete,
    }


def print_incomplete(reports: Sequence[tuple[DeadLetterQueue, DeadLetterReport]]) -> None:
    """A note for each queue of which the command did not read all messages."""
    for queue, report in reports:
        if report.complete:
            continue
        invisible = report.depth.invisible
        hidden = f"; hidden by another reader: about {invisible}" if invisible else ""
        print_note(f"{queue.name}: read {len(report.messages)} of about {report.depth.total} letters{hidden}")


def age(seconds: float) -> str:
    """`42 s`, `3 min`, `5 h`, `2 d`."""
    for unit, length in _UNITS_SECONDS:
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
