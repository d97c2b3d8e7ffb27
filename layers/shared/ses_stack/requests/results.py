"""Results of queueing: for each message, as a summary, and while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ses_stack.requests.lane_messages import LaneMessage
from ses_stack.requests.values import WHOLE_REQUEST

_MOST_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that is in its lane. `index` is the number of its request, from 0."""

    index: int
    request_id: str
    recipients: tuple[str, ...]
    lane: str


@dataclass(frozen=True, slots=True)
class NotQueued:
    """A message that is in no lane. `field` and `problem` give the reason.

    `again` is true if the same request may succeed later.
    """

    index: int
    request_id: str | None
    field: str
    problem: str
    again: bool = False

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of queueing: requests read, messages queued, messages not queued."""

    read: int
    queued: int
    failed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for many requests. `failures` has the first thousand of `failed`; `on_result` gets all of them."""

    read: int
    queued: int
    failed: int
    failures: tuple[NotQueued, ...]


def results(batch: Sequence[LaneMessage], refused: Mapping[int, str]) -> Iterator[Queued | NotQueued]:
    """The result of each message of a batch. `refused` has the reasons of SQS, by position in the batch."""
    for position, message in enumerate(batch):
        if reason := refused.get(position):
            problem = f"was not taken by SQS: {reason}"
            yield NotQueued(message.index, message.request_id, WHOLE_REQUEST, problem, again=True)
        else:
            yield Queued(message.index, message.request_id, message.recipients, message.lane)


class Tally:
    """Counts results, and passes them on to the caller's functions."""

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None,
        on_result: Callable[[Queued | NotQueued], None] | None,
    ) -> None:
        self.read = self._queued = self._failed = 0
        self._failures: list[NotQueued] = []
        self._on_progress = on_progress
        self._on_result = on_result

    def add(self, result: Queued | NotQueued) -> None:
        """Counts one result."""
        if isinstance(result, Queued):
            self._queued += 1
        else:
            self._failed += 1
            if len(self._failures) < _MOST_FAILURES:
                self._failures.append(result)
        if self._on_result:
            self._on_result(result)

    def add_batch(self, batch: Sequence[LaneMessage], refused: Mapping[int, str]) -> None:
        """Counts the results of a batch, and reports progress."""
        for result in results(batch, refused):
            self.add(result)
        self._report_progress()

    def outcome(self) -> Outcome:
        """The summary; reports progress for the last time."""
        self._report_progress()
        return Outcome(self.read, self._queued, self._failed, tuple(self._failures))

    def _report_progress(self) -> None:
        if self._on_progress:
            self._on_progress(Progress(self.read, self._queued, self._failed))
