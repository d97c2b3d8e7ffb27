"""The outcome of one batch of a lane, for Lambda's answer and the sender's log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for the sender's log: an outcome that needs a reason."""

    request_id: str | None
    outcome: str
    reason: str


@dataclass(slots=True)
class SentBatch:
    """How many requests had each outcome, and the ids of the records that stay in the queue."""

    outcomes: Counter[str] = field(default_factory=Counter)
    left_in_queue: set[str] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)

    def note(self, outcome: str, request_id: str | None, reason: str = "") -> None:
        """Counts an outcome. One with a reason becomes a notice too."""
        self.outcomes[outcome] += 1
        if reason:
            self.notices.append(Notice(request_id, outcome, reason))

    @property
    def deferrals(self) -> int:
        """The requests that were queued again for later."""
        return self.outcomes["deferred"] + self.outcomes["table unavailable"]

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The answer after which Lambda deletes every record except those left in the queue.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in sorted(self.left_in_queue)]}
