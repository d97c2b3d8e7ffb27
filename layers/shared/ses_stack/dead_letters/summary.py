"""What a redrive did with the messages of a queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ses_stack.dead_letters.selection import STILL_MALFORMED


@dataclass(slots=True, kw_only=True)
class RedriveSummary:
    """Counts of one queue's messages. In a dry run, `redriven` counts the messages that a redrive would put back.

    `skipped` and `failed` are by reason, `causes` are those of the redriven messages. `undeleted` messages were put
    back, and are still in the dead-letter queue too. `invisible` messages were hidden by another reader until the end.
    """

    queue: str
    dry_run: bool = False
    redriven: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    undeleted: int = 0
    invisible: int = 0
    interrupted: bool = False

    @property
    def examined(self) -> int:
        """Every message that the redrive read: redriven, skipped or failed."""
        return self.redriven + self.skipped.total() + self.failed.total()


def redrive_document(summaries: Sequence[RedriveSummary]) -> dict[str, Any]:
    """The summaries of all queues as JSON: a contract, to which keys may be added."""
    return {
        "dry_run": any(summary.dry_run for summary in summaries),
        "interrupted": any(summary.interrupted for summary in summaries),
        "examined": sum(summary.examined for summary in summaries),
        "redriven": sum(summary.redriven for summary in summaries),
        "skipped": sum(summary.skipped.total() for summary in summaries),
        "failed": sum(summary.failed.total() for summary in summaries),
        "queues": [_queue_document(summary) for summary in summaries],
    }


def remarks(summary: RedriveSummary) -> list[str]:
    """Sentences for the operator that the counts do not show."""
    counted = [
        (
            summary.skipped[STILL_MALFORMED],
            "{n} still cannot be parsed and would only come back; --malformed includes them, and so does --cause",
        ),
        (summary.undeleted, "sent, and could not be deleted: {n}; the next run sends them again, which is harmless"),
        (summary.invisible, "hidden by another reader: about {n}; run it again when that has let them go"),
        *((count, f"{{n}} failed: {reason}") for reason, count in sorted(summary.failed.items())),
    ]
    return [f"{summary.queue}: {text.format(n=count)}" for count, text in counted if count]


def _queue_document(summary: RedriveSummary) -> dict[str, Any]:
    return {
        "queue": summary.queue,
        "examined": summary.examined,
        "redriven": summary.redriven,
        "skipped": summary.skipped.total(),
        "failed": summary.failed.total(),
        "causes": dict(summary.causes),
        "skipped_because": dict(summary.skipped),
        "failed_because": dict(summary.failed),
        "undeleted": summary.undeleted,
        "invisible": summary.invisible,
    }
