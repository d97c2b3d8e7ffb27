"""Queueing: send requests become messages in the sender's lanes.

Each request is validated before a message of it is queued. A request that cannot be sent fails alone, under its number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from ses_stack.errors import RequestError
from ses_stack.mail.lanes import LANES
from ses_stack.requests.documents import request_id_of
from ses_stack.requests.lane_messages import LaneMessage, Preparation
from ses_stack.requests.results import NotQueued, Outcome, Progress, Queued, Tally

# Limits of SendMessageBatch.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
MESSAGES_PER_CALL = 10
BYTES_PER_CALL = 1024 * 1024
_PARALLEL_CALLS = 4


class LaneQueues(Protocol):
    """The queues of the lanes."""

    def put(self, lane: str, messages: Sequence[LaneMessage]) -> Mapping[int, str]:
        """Sends at most ten messages; returns the positions of those that SQS refused, with its reasons.

        Raises `QueueingError` if the lane's queue cannot be reached or refuses every message.
        """


def queue_all(
    items: Iterable[object],
    *,
    lanes: LaneQueues,
    preparation: Preparation,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Queued | NotQueued], None] | None = None,
) -> Outcome:
    """Queues requests while it reads them, ten messages a call, a few calls at a time; keeps none of them in memory.

    A bad request is reported, and the others go on. Raises `QueueingError` if a lane cannot be reached; the same call
    with the same request ids is then safe.
    """
    tally = Tally(on_progress, on_result)
    with ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="queueing") as threads:
        running: deque[tuple[Sequence[LaneMessage], Future[Mapping[int, str]]]] = deque()
        for batch in batches(_prepared(items, preparation, tally)):
            if len(running) == _PARALLEL_CALLS:
                _finish_oldest(running, tally)
            running.append((batch, threads.submit(lanes.put, batch[0].lane, batch)))
        while running:
            _finish_oldest(running, tally)
    return tally.outcome()


def batches(messages: Iterable[LaneMessage]) -> Iterator[list[LaneMessage]]:
    """The messages in batches: each for one lane, and within the limits of one call."""
    waiting: dict[str, list[LaneMessage]] = {lane: [] for lane in LANES}
    sizes = dict.fromkeys(LANES, 0)
    for message in messages:
        batch, size = waiting[message.lane], message.size
        if batch and (len(batch) == MESSAGES_PER_CALL or sizes[message.lane] + size > BYTES_PER_CALL):
            yield batch
            batch = waiting[message.lane] = []
            sizes[message.lane] = 0
        batch.append(message)
        sizes[message.lane] += size
    yield from filter(None, waiting.values())


def _prepared(items: Iterable[object], preparation: Preparation, tally: Tally) -> Iterator[LaneMessage]:
    for index, item in enumerate(items):
        tally.read += 1
        try:
            messages = preparation.messages(item, index=index)
        except RequestError as error:
            tally.add(NotQueued(index, request_id_of(item), error.field, error.problem))
        else:
            yield from messages


def _finish_oldest(running: deque[tuple[Sequence[LaneMessage], Future[Mapping[int, str]]]], tally: Tally) -> None:
    batch, call = running.popleft()
    tally.add_batch(batch, call.result())
