"""Examining a dead-letter queue: messages are received, and given back. The queue keeps all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ses_stack.dead_letters.messages import DeadLetterMessage, Failure, QueueDepth
from ses_stack.dead_letters.ports import MESSAGES_PER_RECEIVE, VISIBILITY_SECONDS, MessageQueue, ReadFailure

# Counts messages that have neither an event type nor a stream.
NO_TYPE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterReport:
    """Messages of a queue, each with its failure. `complete`: they are all messages of the queue."""

    depth: QueueDepth
    messages: Sequence[tuple[DeadLetterMessage, Failure]]
    complete: bool

    def causes(self) -> list[tuple[str, Counter[str]]]:
        """Each cause, the commonest first, with its messages counted by event type, or by stream for requests."""
        causes: dict[str, Counter[str]] = {}
        for _, failure in self.messages:
            causes.setdefault(failure.cause, Counter())[failure.type or failure.stream or NO_TYPE] += 1
        return sorted(causes.items(), key=lambda cause: (-cause[1].total(), cause[0]))

    def records(self, cause: str) -> int:
        """How many records of a table stream the messages of a cause stand for."""
        return sum(failure.records or 0 for _, failure in self.messages if failure.cause == cause)

    def oldest_sent_at(self) -> float | None:
        """When the oldest message was sent, in epoch seconds; None without messages."""
        return min((message.sent_at for message, _ in self.messages), default=None)


def examine(queue: MessageQueue, *, read_failure: ReadFailure, limit: int) -> DeadLetterReport:
    """Reads at most `limit` messages, and gives all of them back."""
    depth = queue.depth()
    received: dict[str, DeadLetterMessage] = {}
    exhausted = False
    try:
        while len(received) < limit and not exhausted:
            batch = queue.receive(min(MESSAGES_PER_RECEIVE, limit - len(received)), visibility=VISIBILITY_SECONDS)
            exhausted = all(message.id in received for message in batch)
            received |= {message.id: message for message in batch}
    finally:
        queue.give_back(received.values())
    return DeadLetterReport(
        depth=depth,
        messages=[(message, read_failure(message)) for message in received.values()],
        complete=len(received) >= depth.total,
    )
