"""What examining and redriving need of the outside: queues, destinations, the causes of failures, and an observer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.dead_letters.messages import DeadLetterMessage, Failure, QueueDepth
from ses_stack.dead_letters.summary import RedriveSummary

# How long a received message stays hidden. A killed run hides its last messages so long. One batch is sent and deleted
# at once, and needs less.
VISIBILITY_SECONDS = 30
MESSAGES_PER_RECEIVE = 10

type ReadFailure = Callable[[DeadLetterMessage], Failure]


class MessageQueue(Protocol):
    """A queue; see ses_stack.dead_letters.adapters.sqs_queue. Results of `send` and `delete`: why, by message id."""

    def depth(self) -> QueueDepth: ...
    def receive(self, limit: int, *, visibility: int) -> Sequence[DeadLetterMessage]: ...
    def give_back(self, messages: Iterable[DeadLetterMessage]) -> None: ...
    def send(self, messages: Sequence[DeadLetterMessage]) -> Mapping[str, str]: ...
    def delete(self, messages: Iterable[DeadLetterMessage]) -> Mapping[str, str]: ...


class RedriveDestination(Protocol):
    """Where messages go back to: a queue, or a function; see ses_stack.dead_letters.adapters.stream_replay."""

    def send(self, messages: Sequence[DeadLetterMessage]) -> Mapping[str, str]:
        """Returns the ids of the messages that were refused, each with the reason."""


class RedriveObserver(Protocol):
    """Follows the progress of a redrive, and may stop it."""

    def stopped(self) -> bool:
        """Whether the redrive should finish its batch and end."""

    def sleep(self, seconds: float) -> None:
        """Waits. Returns early if the redrive is stopped meanwhile."""

    def clock(self) -> float:
        """Monotonic seconds."""

    def begins(self, summary: RedriveSummary, depth: QueueDepth) -> None:
        """The redrive of a queue begins. It updates `summary` after each batch."""

    def progress(self, summary: RedriveSummary) -> None:
        """A batch is done."""

    def waits(self, messages: int) -> None:
        """The redrive waits for messages that another reader hides, for half a minute at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterPorts:
    """What one dead-letter queue needs. `open_queue` takes a url; `open_destination` a url or a function's name."""

    open_queue: Callable[[str], MessageQueue]
    open_destination: Callable[[str], RedriveDestination]
    read_failure: ReadFailure
