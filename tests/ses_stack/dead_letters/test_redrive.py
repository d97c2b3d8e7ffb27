"""Dead letters: nothing is consumed by looking, and nothing is lost by putting back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.dead_letters import letters as domain
from ses_stack.dead_letters import redrive as dead_letters
from ses_stack.dead_letters.letters import (
    DeadLetterQueue,
    Depth,
    Diagnosis,
    Holds,
    Letter,
    Selection,
    dead_letter_queues,
    queue_key,
)
from ses_stack.dead_letters.redrive import NO_DESTINATION, VISIBILITY_SECONDS, Summary, examine
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
    """The process is gone: nothing after this runs, so tests let it pass through `finally` and undo that."""


class World:
    """Time, the queues, and someone who watches."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.queues: dict[str, Queue] = {}
        self.stop_after: int | None = None
        self.batches = 0
        self.waited: list[int] = []
        self.sends: list[tuple[float, int]] = []

    def open(self, url: str) -> Queue:
        return self.queues.setdefault(url, Queue(self))

    def stopped(self) -> bool:
        return self.stop_after is not None and self.batches >= self.stop_after

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds

    def clock(self) -> float:
        return self.time

    def begins(self, summary: Summary, depth: Depth) -> None:
        pass

    def progress(self, summary: Summary) -> None:
        self.batches += 1

    def waits(self, letters: int) -> None:
        self.waited.append(letters)


class Queue:
    """SQS, in memory: letters hide when received, and come back when their time is over."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.letters: dict[str, Letter] = {}
        self.hidden_until: dict[str, float] = {}
        self.refuses: dict[str, str] = {}
        self.keeps: set[str] = set()
        self.dies_at: str | None = None

    def put(self, *letters: Letter) -> None:
        self.letters |= {letter.id: letter for letter in letters}

    def _visible(self) -> list[Letter]:
        return [each for each in self.letters.values() if self.hidden_until.get(each.id, 0) <= self.world.time]

    def depth(self) -> Depth:
        visible = len(self._visible())
        return Depth(visible=visible, invisible=len(self.letters) - visible)

    def receive(self, limit: int, *, visibility: int) -> list[Letter]:
        assert 1 <= limit <= 10
        received = self._visible()[:limit]
        self.hidden_until |= {letter.id: self.world.time + visibility for letter in received}
        self.world.time += 0.02 if received else 1.0
        return [replace(letter, receipt=f"{letter.id}@{self.world.time}") for letter in received]

    def give_back(self, letters: Iterable[Letter]) -> None:
        for letter in letters:
            self.hidden_until.pop(letter.id, None)

    def send(self, letters: Sequence[Letter]) -> Mapping[str, str]:
        self._die("send")
        self.world.sends.append((self.world.time, len(letters)))
        self.put(*(replace(each, id=f"copy of {each.id}") for each in letters if each.id not in self.refuses))
        return {each.id: self.refuses[each.id] for each in letters if each.id in self.refuses}

    def delete(self, letters: Iterable[Letter]) -> Mapping[str, str]:
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


def letter(number: int, body: str = "good", **changes: Any) -> Letter:
    values = {"id": f"l{number}", "receipt": "", "body": body, "sent_at": 0.0, "receive_count": 1}
    return Letter(**(values | changes))


def attributes(**texts: str) -> dict[str, dict[str, str]]:
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def diagnose(each: Letter) -> Diagnosis:
    """The body says it: `good`, `bad`, or an event type."""
    if each.body == "bad":
        return Diagnosis(cause="FieldError: mail is missing", malformed=True)
    return Diagnosis(cause="parses now", type=None if each.body == "good" else EventType(each.body))


def redrive(
    world: World, queue: DeadLetterQueue = EVENT, selection: Selection | None = None, **options: Any
) -> Summary:
    return dead_letters.redrive(
        queue,
        open_queue=world.open,
        open_destination=world.open,
        diagnose=diagnose,
        selection=selection or Selection(),
        watch=world,
        **options,
    )


def filled(*letters: Letter) -> tuple[World, Queue, Queue]:
    world = World()
    source, destination = world.open(EVENT.url), world.open(str(EVENT.source))
    source.put(*letters)
    return world, source, destination


def many(count: int, body: str = "good", start: int = 0) -> list[Letter]:
    return [letter(number, body) for number in range(start, start + count)]


# Which queues there are


def test_queues_are_found_by_their_outputs() -> None:
    assert [(queue.name, queue.source) for queue in (EVENT, RULE, SUPPRESSION)] == [
        ("event", OUTPUTS["EventQueueUrl"]),
        ("rule", None),
        ("suppression", OUTPUTS["SuppressionQueueUrl"]),
    ]
    assert dead_letter_queues({"EventTableName": "events"}) == []


def test_letters_of_a_function_that_reads_no_queue_go_back_to_it() -> None:
    outputs = {"ProjectorDeadLetterQueueUrl": "https://sqs/1/p", "ProjectorFunctionName": "projector"}
    (projector,) = dead_letter_queues(outputs)
    assert (projector.holds, projector.destination(letter(1))) == (Holds.POSITIONS, "projector")


def test_places_in_a_table_stream_never_go_to_a_queue() -> None:
    outputs = {"ProjectorDeadLetterQueueUrl": "https://sqs/1/p", "EventQueueUrl": "https://sqs/1/e"}
    (projector,) = dead_letter_queues(outputs)
    assert projector.destination(letter(1)) is None


def test_what_dies_again_at_once_is_put_back_once() -> None:
    """The letters are so young that two clocks do not tell whether they were there before the run."""

    class Returning(Queue):
        def send(self, letters: Sequence[Letter]) -> dict[str, str]:
            source.put(*(replace(each, id=f"{each.id}-again", sent_at=1000.5) for each in letters))
            return super().send(letters)

    world, source, _ = filled(letter(1, "send", sent_at=999.0), letter(2, "bounce", sent_at=999.0), letter(3))
    world.queues[str(EVENT.source)] = Returning(world)
    summary = redrive(world, selection=Selection(sent_before=1_060.0, new_after=940.0))
    assert (summary.redriven, summary.skipped) == (3, {domain.YOUNGER: 3})


def test_what_was_sent_is_put_back_before_what_is_to_be_sent() -> None:
    names = ("Bulk", "Event", "Priority", "Projector", "Rule", "Suppression")
    found = dead_letter_queues({f"{name}DeadLetterQueueUrl": "https://sqs/1/x" for name in names})
    assert [queue.name for queue in found] == ["event", "rule", "suppression", "projector", "bulk", "priority"]


@pytest.mark.parametrize(
    ("queue", "holds"), [("Event", Holds.EVENTS), ("Bulk", Holds.REQUESTS), ("Priority", Holds.REQUESTS)]
)
def test_a_queue_says_what_it_holds(queue: str, holds: Holds) -> None:
    (found,) = dead_letter_queues({f"{queue}DeadLetterQueueUrl": "https://sqs/1/x"})
    assert found.holds is holds


@pytest.mark.parametrize(
    "name", ["event", "Event", "event-dlq", "EventQueue", "EventDeadLetterQueue", "EventDeadLetterQueueUrl"]
)
def test_a_queue_has_many_names(name: str) -> None:
    assert queue_key(name) == "event"


def test_a_letter_goes_back_where_it_fell_out() -> None:
    assert EVENT.destination(letter(1)) == OUTPUTS["EventQueueUrl"]


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (None, OUTPUTS["EventQueueUrl"]),
        ("arn:aws:sqs:eu-west-1:1:stack-SuppressionQueue-C", OUTPUTS["SuppressionQueueUrl"]),
        ("arn:aws:sqs:eu-west-1:1:other", None),
    ],
)
def test_an_undelivered_event_goes_where_it_was_to_go(target: str | None, url: str | None) -> None:
    told = attributes(TARGET_ARN=target) if target else {}
    assert RULE.holds is Holds.UNDELIVERED
    assert RULE.destination(letter(1, attributes=told)) == url


# Which letters are put back

BAD = Diagnosis(cause="FieldError: mail is missing", type=EventType.BOUNCE, malformed=True)
GOOD = Diagnosis(cause="parses now", type=EventType.SEND)


@pytest.mark.parametrize(
    ("selection", "diagnosis", "reason"),
    [
        (Selection(), GOOD, None),
        (Selection(), BAD, domain.STILL_MALFORMED),
        (Selection(malformed=True), BAD, None),
        (Selection(cause="MAIL IS"), BAD, None),
        (Selection(cause="mail is"), GOOD, domain.OTHER_CAUSE),
        (Selection(types=frozenset({EventType.SEND})), GOOD, None),
        (Selection(types=frozenset({EventType.OPEN})), GOOD, domain.OTHER_TYPE),
        (Selection(types=frozenset({EventType.BOUNCE})), BAD, domain.STILL_MALFORMED),
        (Selection(sent_before=-1.0), GOOD, domain.YOUNGER),
    ],
)
def test_a_selection_says_why_it_skips(selection: Selection, diagnosis: Diagnosis, reason: str | None) -> None:
    assert selection.skips(letter(1), diagnosis) == reason


def test_the_size_of_a_letter_counts_its_attributes() -> None:
    told = {"a": {"DataType": "String", "StringValue": "é"}, "b": {"DataType": "Binary", "BinaryValue": b"123"}}
    assert letter(1, "xé", attributes=told).size() == 3 + (1 + 6 + 2) + (1 + 6 + 3)


# Looking


def test_looking_counts_causes_and_gives_everything_back() -> None:
    _, source, _ = filled(*many(12, "send"), *many(3, "bad", 12), letter(20, "bounce"))
    found = examine(source, diagnose=diagnose, limit=100)
    assert found.complete
    assert found.causes() == [
        ("parses now", Counter({"send": 12, "bounce": 1})),
        ("FieldError: mail is missing", Counter({"-": 3})),
    ]
    assert source.depth() == Depth(visible=16, invisible=0)


def test_looking_is_bounded_and_says_so() -> None:
    _, source, _ = filled(*many(30))
    found = examine(source, diagnose=diagnose, limit=15)
    assert (len(found.letters), found.complete, found.depth.total) == (15, False, 30)
    assert source.depth().invisible == 0


def test_looking_at_an_empty_queue() -> None:
    _, source, _ = filled()
    assert examine(source, diagnose=diagnose, limit=5).complete


def test_letters_that_another_reader_hides_are_known_to_be_missing() -> None:
    _, source, _ = filled(*many(3))
    source.receive(1, visibility=30)
    found = examine(source, diagnose=diagnose, limit=100)
    assert (len(found.letters), found.complete) == (2, False)


def test_looking_ends_even_when_letters_come_back_meanwhile() -> None:
    world, source, _ = filled(*many(25))
    receive = source.receive

    def slowly(limit: int, *, visibility: int) -> list[Letter]:
        world.time += VISIBILITY_SECONDS
        return receive(limit, visibility=visibility)

    source.receive = slowly  # type: ignore[method-assign]
    assert len(examine(source, diagnose=diagnose, limit=100).letters) == 10


def test_whoever_interrupts_a_look_gets_everything_given_back() -> None:
    _, source, _ = filled(*many(25))
    receive = source.receive

    def interrupted(limit: int, *, visibility: int) -> list[Letter]:
        if len(source.hidden_until) >= 20:
            raise KeyboardInterrupt
        return receive(limit, visibility=visibility)

    source.receive = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        examine(source, diagnose=diagnose, limit=100)
    assert source.depth() == Depth(visible=25, invisible=0)


# Putting back


def test_everything_good_is_put_back_and_the_rest_is_skipped() -> None:
    world, source, destination = filled(*many(25), *many(4, "bad", 25))
    summary = redrive(world)
    assert (summary.examined, summary.redriven, summary.skipped) == (29, 25, {domain.STILL_MALFORMED: 4})
    assert len(destination.letters) == 25
    assert source.depth() == Depth(visible=4, invisible=0)
    assert summary.causes == {"parses now": 25}


def test_attributes_and_groups_travel_along() -> None:
    world, _, destination = filled(letter(1, attributes=attributes(a="b"), group="tenant"))
    redrive(world)
    (copy,) = destination.letters.values()
    assert (copy.attributes, copy.group) == (attributes(a="b"), "tenant")


def test_a_dry_run_counts_the_same_and_moves_nothing() -> None:
    letters = [*many(25), *many(4, "bad", 25)]
    world, source, destination = filled(*letters)
    dry = redrive(world, dry_run=True, rate=1)
    assert not destination.letters
    assert source.depth() == Depth(visible=29, invisible=0)
    assert world.time < 1010, "a dry run does not wait for its rate"
    real = redrive(world)
    assert (dry.examined, dry.redriven, dry.skipped) == (real.examined, real.redriven, real.skipped)


def test_a_letter_that_is_refused_stays_and_counts_as_failed() -> None:
    world, source, destination = filled(*many(12))
    destination.refuses = {"l3": "InvalidMessageContents"}
    summary = redrive(world)
    assert (summary.examined, summary.redriven, summary.failed) == (12, 11, {"InvalidMessageContents": 1})
    assert list(source.letters) == ["l3"]
    assert source.depth().invisible == 0


def test_an_event_whose_target_is_gone_stays() -> None:
    world = World()
    world.open(RULE.url).put(letter(1, attributes=attributes(TARGET_ARN="arn:aws:sqs:x:1:gone")), letter(2))
    summary = redrive(world, RULE)
    assert (summary.redriven, summary.failed) == (1, {NO_DESTINATION: 1})
    assert list(world.open(OUTPUTS["EventQueueUrl"]).letters) == ["copy of l2"]


def test_undelivered_events_go_to_their_own_queues() -> None:
    world = World()
    told = attributes(TARGET_ARN="arn:aws:sqs:eu-west-1:1:stack-SuppressionQueue-C")
    world.open(RULE.url).put(letter(1, attributes=told), letter(2))
    assert redrive(world, RULE).redriven == 2
    assert list(world.open(OUTPUTS["SuppressionQueueUrl"]).letters) == ["copy of l1"]


def test_a_letter_that_was_sent_and_not_deleted_is_deleted_in_the_end() -> None:
    world, source, destination = filled(*many(3))
    source.keeps = {"l1"}
    summary = redrive(world)
    assert (summary.redriven, summary.undeleted, len(destination.letters)) == (3, 0, 3)
    assert not source.letters


def test_a_letter_that_cannot_be_deleted_at_all_is_told() -> None:
    world, source, _ = filled(*many(3))
    source.delete = lambda letters: {each.id: "InternalError" for each in letters}  # type: ignore[method-assign]
    summary = redrive(world)
    assert (summary.redriven, summary.undeleted) == (3, 3)


def test_a_limit_counts_what_is_put_back() -> None:
    world, source, destination = filled(*many(6, "bad"), *many(20, start=6))
    summary = redrive(world, limit=7)
    assert (summary.redriven, summary.skipped.total(), len(destination.letters)) == (7, 6, 7)
    assert source.depth() == Depth(visible=19, invisible=0)


def test_letters_that_come_back_during_the_run_are_left_alone() -> None:
    world, _, _ = filled(letter(1), letter(2, sent_at=2000.0))
    summary = redrive(world, selection=Selection(sent_before=1060.0))
    assert (summary.redriven, summary.skipped) == (1, {domain.YOUNGER: 1})


def test_skipped_letters_that_reappear_are_not_counted_again() -> None:
    world, _, destination = filled(*many(5, "bad"), *many(45, start=5))
    summary = redrive(world, rate=1)  # 45 seconds: longer than letters stay hidden
    assert (summary.examined, summary.redriven, len(destination.letters)) == (50, 45, 45)


def test_a_queue_that_never_runs_empty_does_not_hold_the_run_for_ever() -> None:
    world, source, _ = filled(*many(40, "bad"))
    receive = source.receive

    def slowly(limit: int, *, visibility: int) -> list[Letter]:
        world.time += VISIBILITY_SECONDS / 3
        return receive(limit, visibility=visibility)

    source.receive = slowly  # type: ignore[method-assign]
    assert redrive(world).examined <= 40
    assert source.depth().invisible == 0


def test_stopping_finishes_the_batch_and_gives_the_rest_back() -> None:
    world, source, destination = filled(*many(5, "bad"), *many(50, start=5))
    world.stop_after = 2
    summary = redrive(world)
    assert summary.interrupted
    assert (summary.examined, len(destination.letters)) == (20, 15)
    assert source.depth() == Depth(visible=40, invisible=0)


@pytest.mark.parametrize("call", ["send", "delete"])
def test_a_killed_run_loses_nothing_and_the_next_one_finishes(call: str) -> None:
    world, source, destination = filled(*many(35))
    redrive(world, limit=10)
    hidden_before = dict(source.hidden_until)
    queue = destination if call == "send" else source
    queue.dies_at = call
    with pytest.raises(Killed):
        redrive(world)
    queue.dies_at = None
    # A killed process gives nothing back: the letters of its batch stay hidden for their time.
    source.hidden_until = hidden_before | {f"l{number}": world.time + VISIBILITY_SECONDS for number in range(10, 20)}

    summary = redrive(world)
    assert not source.letters
    assert summary.redriven == 25
    assert world.waited
    assert {f"copy of l{number}" for number in range(35)} == set(destination.letters)


def test_letters_that_stay_hidden_are_waited_for_no_longer_than_a_killed_run_hides_them() -> None:
    world, source, _ = filled(*many(3))
    source.receive(1, visibility=3600)
    begun = world.time
    summary = redrive(world)
    assert (summary.redriven, summary.invisible) == (2, 1)
    assert world.time - begun < VISIBILITY_SECONDS + 10


def test_a_run_that_was_not_preceded_by_a_killed_one_does_not_wait() -> None:
    world, _, _ = filled(*many(3, "bad"))
    redrive(world)
    assert not world.waited


@given(
    count=st.integers(1, 60),
    rate=st.one_of(st.floats(0.2, 200), st.integers(1, 30)),
    bad=st.sets(st.integers(0, 59)),
    refused=st.sets(st.integers(0, 59)),
    limit=st.one_of(st.none(), st.integers(1, 60)),
)
def test_the_sum_is_right_the_rate_is_kept_and_every_letter_is_in_one_queue(
    count: int, rate: float, bad: set[int], refused: set[int], limit: int | None
) -> None:
    world, source, destination = filled(*(letter(n, "bad" if n in bad else "good") for n in range(count)))
    destination.refuses = {f"l{n}": "InternalError" for n in refused}
    begun = world.time
    summary = redrive(world, rate=rate, limit=limit)

    assert summary.examined == summary.redriven + summary.skipped.total() + summary.failed.total() <= count
    assert len(destination.letters) == summary.redriven
    assert len(source.letters) + len(destination.letters) == count
    assert source.depth().invisible == 0
    assert limit is None or summary.redriven + summary.failed.total() <= limit
    _assert_rate(world.sends, begun, rate)


def _assert_rate(sends: list[tuple[float, int]], begun: float, rate: float) -> None:
    """When a batch is sent, no more has been sent before it than the rate allows until then."""
    before = 0
    for time, count in sends:
        assert before <= rate * (time - begun) + 1e-6
        before += count
