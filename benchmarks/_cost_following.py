"""The cost benchmark's events: they go through the real handlers, as the template's rules and filters pass them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from benchmarks._cost_mail import Sent, events_of
from benchmarks._cost_tally import Tally
from benchmarks._lambda_context import CONTEXT
from benchmarks._template import event_types_of_rule, stream_patterns_of
from ses_stack.aws import clients
from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer

FUNCTIONS = ("normalizer", "suppression_writer", "projector")
_PARTS = {"normalizer": "history", "suppression_writer": "suppression", "projector": "projector"}
# How many times the batch of a queue the projector gets from the table stream.
_STREAM_BATCHES = 2
_EVENTS_AFTER_SECONDS = 60


def follow(tally: Tally, messages: Sequence[Sent], *, batch: int, now: float) -> None:
    """Takes the events of sent messages, in any order, through the functions that follow."""
    events = events_of(messages, now + _EVENTS_AFTER_SECONDS)
    random.Random(10).shuffle(events)
    _Functions(tally, batch, now).take(events)


class _Functions:
    """The functions behind the event queue, the suppression queue and the table stream."""

    def __init__(self, tally: Tally, batch: int, now: float) -> None:
        self._tally, self._batch, self._now, self._number = tally, batch, now, 0
        self._streamed: list[dict[str, Any]] = []
        self._queue = _Queue(tally)
        tally.store.on_put = self._note
        with _patched(tally, self._queue):
            self._handlers = {name: _handler(name, tally) for name in FUNCTIONS}

    def _note(self, table: str, row: Item) -> None:
        """Notes a new row of the history, if the projector's filter lets it through."""
        if table != "EventTable":
            return
        self._number += 1
        image = {"SequenceNumber": str(self._number), "NewImage": dict(row), "ApproximateCreationDateTime": self._now}
        record = {"eventName": "INSERT", "eventID": str(self._number), "dynamodb": image}
        if any(_matches(record, each) for each in stream_patterns_of("Projector")):
            self._streamed.append(record)

    def take(self, events: Sequence[str]) -> None:
        """Runs every function on its share of the events."""
        wanted = event_types_of_rule("SuppressionRule")
        self._through_queue("normalizer", events)
        self._through_queue(
            "suppression_writer", [event for event in events if json.loads(event)["detail-type"] in wanted]
        )
        for records in batched(self._streamed, _STREAM_BATCHES * self._batch, strict=False):
            self._invoke("projector", list(records))
        while self._queue.bodies:
            copies, self._queue.bodies = self._queue.bodies, []
            self._through_queue("suppression_writer", copies)

    def _through_queue(self, function: str, bodies: Sequence[str]) -> None:
        self._tally.sqs_requests["events"] += len(bodies)
        for part in batched(bodies, self._batch, strict=False):
            self._invoke(function, [{"messageId": f"m{number}", "body": body} for number, body in enumerate(part)])

    def _invoke(self, function: str, records: Sequence[Mapping[str, Any]]) -> None:
        self._tally.store.part = _PARTS[function]
        if self._handlers[function]({"Records": records, "shardId": "shard-1"})["batchItemFailures"]:
            raise SystemExit(f"the {function} failed records of the benchmark")
        self._tally.batch(function, len(records), is_queue=function != "projector")


class _Queue:
    """SQS, as the suppression writer's copies and forwarded deliveries reach it."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.bodies: list[str] = []

    def calls(self, _operation: str, bodies: Sequence[bytes], *, until: float) -> Iterator[Answer]:  # noqa: ARG002
        for body in bodies:
            self._tally.sqs_requests["suppression_writer"] += 1
            self.bodies += [entry["MessageBody"] for entry in json.loads(body)["Entries"]]
            yield Answer(200, {})


@contextlib.contextmanager
def _patched(tally: Tally, queue: _Queue) -> Iterator[None]:
    before = clients.dynamodb, clients.sqs
    clients.dynamodb, clients.sqs = lambda _: tally.store, lambda _: queue  # type: ignore[assignment, return-value]
    try:
        yield
    finally:
        clients.dynamodb, clients.sqs = before


def _handler(function: str, tally: Tally) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function's real handler; the length of its log is counted."""
    app = importlib.reload(importlib.import_module(f"functions.{function}.app"))
    log = io.StringIO()
    app.logger.registered_handler.setStream(log)

    def call(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = app.handler(event, CONTEXT)
        tally.log_bytes += log.tell()
        log.seek(0)
        log.truncate()
        return answer

    return call


def _matches(value: Any, pattern: Any) -> bool:
    """Whether a mapping's filter lets a value through.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """
    if isinstance(pattern, dict):
        return all(_matches((value or {}).get(name), each) for name, each in pattern.items())
    return any(
        bool(each["exists"]) == (value is not None) if isinstance(each, dict) else value == each for each in pattern
    )
