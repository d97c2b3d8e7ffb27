"""Dead-letter queues in memory, in virtual time, with an observer that may stop a redrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ses_stack.dead_letters import redrive as use_case
from ses_stack.dead_letters.messages import DeadLetterMessage, Failure, QueueDepth
from ses_stack.dead_letters.ports import DeadLetterPorts
from ses_stack.dead_letters.queues import DeadLetterQueue, dead_letter_queues
from ses_stack.dead_letters.redrive import RedriveOptions
from ses_stack.dead_letters.selection import Selection
from ses_stack.dead_letters.summary import RedriveSummary
from ses_stack.mail.event_types import EventType

OUTPUTS = {
    "EventTableName": "events",
    "EventQueueUrl": "https://sqs/1/stack-EventQueue-A",
    "EventDeadLetterQueueUrl": "https://sqs/1/stack-EventDeadLetterQueue-B",
    "SuppressionQueueUrl": "https://sqs/1/stack-SuppressionQueue-C",
    "SuppressionDeadLetterQueueUrl": "https://sqs/1/stack-SuppressionDeadLetterQueue-D",
    "RuleDeadLetterQueueUrl": "https://sqs/1/stack-RuleDeadLetterQueue-E",
}
EVENT, RULE, SUPPRESSION = dead_letter_queues(OUTPUTS)


class Killed(BaseException):
    """The process was killed. Code in `finally` still runs here: a test undoes its effect."""


class World:
    """Time, the queues, and the observer of a redrive."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.queues: dict[str, Queue] = {}
        self.stop_after: int | None = None
        self.batches = 0
        self.waited: list[int] = []
        self.sends: list[tuple[float, int]] = []
        self.summaries: list[RedriveSummary] = []

    def open(self, url: str) -> Queue:
        return self.queues.setdefault(url, Queue(self))

    def stopped(self) -> bool:
        return self.stop_after is not None and self.batches >= self.stop_after

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds

    def clock(self) -> float:
        return self.time

    def begins(self, summary: RedriveSummary, depth: QueueDepth) -> None:
        self.summaries.append(summary)

    def progress(self, summary: RedriveSummary) -> None:
        self.batches += 1

    def waits(self, messages: int) -> None:
        self.waited.append(messages)


class Queue:
    """SQS, in memory: letters hide when received, and come back when their time is over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.letters: dict[str, DeadLetterMessage] = {}
        self.hidden_until: dict[str, float] = {}
        self.refuses: dict[str, str] = {}
        self.keeps: set[str] = set()
        self.dies_at: str | None = None

    def put(self, *letters: DeadLetterMessage) -> None:
        self.letters |= {letter.id: letter for letter in letters}

    def _visible(self) -> list[DeadLetterMessage]:
        return [each for each in self.letters.values() if self.hidden_until.get(each.id, 0) <= self.world.time]

    def depth(self) -> QueueDepth:
        visible = len(self._visible())
        return QueueDepth(visible=visible, invisible=len(self.letters) - visible)

    def receive(self, limit: int, *, visibility: int) -> list[DeadLetterMessage]:
        assert 1 <= limit <= 10
        received = self._visible()[:limit]
        self.hidden_until |= {letter.id: self.world.time + visibility for letter in received}
        self.world.time += 0.02 if received else 1.0
        return [replace(letter, receipt=f"{letter.id}@{self.world.time}") for letter in received]

    def give_back(self, letters: Iterable[DeadLetterMessage]) -> None:
        for letter in letters:
            self.hidden_until.pop(letter.id, None)

    def send(self, letters: Sequence[DeadLetterMessage]) -> Mapping[str, str]:
        self._die("send")
        self.world.sends.append((self.world.time, len(letters)))
        self.put(*(replace(each, id=f"copy of {each.id}") for each in letters if each.id not in self.refuses))
        return {each.id: self.refuses[each.id] for each in letters if each.id in self.refuses}

    def delete(self, letters: Iterable[DeadLetterMessage]) -> Mapping[str, str]:
        self._die("delete")
        kept = {}
        for letter in letters:
            if letter.id in self.keeps:
                self.keeps.discard(letter.id)
                kept[letter.id] = "InternalError"
            else:
                self.letters.pop(letter.id, None)
        return kept

    def _die(self, call: str) -> None:
        if self.dies_at == call:
            raise Killed


def letter(number: int, body: str = "good", **changes: Any) -> DeadLetterMessage:
    values = {"id": f"l{number}", "receipt": "", "body": body, "sent_at": 0.0, "receive_count": 1}
    return DeadLetterMessage(**(values | changes))


def attributes(**texts: str) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def read_failure(each: DeadLetterMessage) -> Failure:
    """The body is the failure: `good`, `bad`, or an event type."""
    if each.body == "bad":
        return Failure(cause="FieldError: mail is missing", malformed=True)
    return Failure(cause="parses now", type=None if each.body == "good" else EventType(each.body))


def ports_of(world: World) -> DeadLetterPorts:
    return DeadLetterPorts(open_queue=world.open, open_destination=world.open, read_failure=read_failure)


def redrive(
    world: World, queue: DeadLetterQueue = EVENT, selection: Selection | None = None, **options: Any
) -> RedriveSummary:
    return use_case.redrive(
        queue, ports_of(world), RedriveOptions(selection=selection or Selection(), **options), world
    )


def filled(*letters: DeadLetterMessage) -> tuple[World, Queue, Queue]:
    world = World()
    source, destination = world.open(EVENT.url), world.open(str(EVENT.source))
    source.put(*letters)
    return world, source, destination


def many(count: int, body: str = "good", start: int = 0) -> list[DeadLetterMessage]:
    return [letter(number, body) for number in range(start, start + count)]
