"""Redriving: nothing is lost by putting dead letters back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.dead_letters.messages import DeadLetterMessage, QueueDepth
from ses_stack.dead_letters.ports import VISIBILITY_SECONDS
from ses_stack.dead_letters.redrive import NO_DESTINATION, RedriveOptions, redrive_all
from ses_stack.dead_letters.selection import STILL_MALFORMED, YOUNGER, Selection
from tests.support.dead_letter_fakes import (
    EVENT,
    OUTPUTS,
    RULE,
    SUPPRESSION,
    Killed,
    Queue,
    World,
    attributes,
    filled,
    letter,
    many,
    ports_of,
    redrive,
)


def test_what_dies_again_at_once_is_put_back_once() -> None:
    """The letters are so young that two clocks do not tell whether they were there before the run."""

    class Returning(Queue):
        def send(self, letters: Sequence[DeadLetterMessage]) -> dict[str, str]:
            source.put(*(replace(each, id=f"{each.id}-again", sent_at=1000.5) for each in letters))
            return super().send(letters)

    world, source, _ = filled(letter(1, "send", sent_at=999.0), letter(2, "bounce", sent_at=999.0), letter(3))
    world.queues[str(EVENT.source)] = Returning(world)
    summary = redrive(world, selection=Selection(sent_before=1_060.0, new_after=940.0))
    assert (summary.redriven, summary.skipped) == (3, {YOUNGER: 3})


def test_everything_good_is_put_back_and_the_rest_is_skipped() -> None:
    world, source, destination = filled(*many(25), *many(4, "bad", 25))
    summary = redrive(world)
    assert (summary.examined, summary.redriven, summary.skipped) == (29, 25, {STILL_MALFORMED: 4})
    assert len(destination.letters) == 25
    assert source.depth() == QueueDepth(visible=4, invisible=0)
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
    assert source.depth() == QueueDepth(visible=29, invisible=0)
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
    named = attributes(TARGET_ARN="arn:aws:sqs:eu-west-1:1:stack-SuppressionQueue-C")
    world.open(RULE.url).put(letter(1, attributes=named), letter(2))
    assert redrive(world, RULE).redriven == 2
    assert list(world.open(OUTPUTS["SuppressionQueueUrl"]).letters) == ["copy of l1"]


def test_a_letter_that_was_sent_and_not_deleted_is_deleted_in_the_end() -> None:
    world, source, destination = filled(*many(3))
    source.keeps = {"l1"}
    summary = redrive(world)
    assert (summary.redriven, summary.undeleted, len(destination.letters)) == (3, 0, 3)
    assert not source.letters


def test_a_letter_that_cannot_be_deleted_at_all_is_counted() -> None:
    world, source, _ = filled(*many(3))
    source.delete = lambda letters: {each.id: "InternalError" for each in letters}  # type: ignore[method-assign]
    summary = redrive(world)
    assert (summary.redriven, summary.undeleted) == (3, 3)


def test_a_limit_counts_what_is_put_back() -> None:
    world, source, destination = filled(*many(6, "bad"), *many(20, start=6))
    summary = redrive(world, limit=7)
    assert (summary.redriven, summary.skipped.total(), len(destination.letters)) == (7, 6, 7)
    assert source.depth() == QueueDepth(visible=19, invisible=0)


def test_letters_that_come_back_during_the_run_are_left_alone() -> None:
    world, _, _ = filled(letter(1), letter(2, sent_at=2000.0))
    summary = redrive(world, selection=Selection(sent_before=1060.0))
    assert (summary.redriven, summary.skipped) == (1, {YOUNGER: 1})


def test_skipped_letters_that_reappear_are_not_counted_again() -> None:
    world, _, destination = filled(*many(5, "bad"), *many(45, start=5))
    summary = redrive(world, rate=1)  # 45 seconds: longer than letters stay hidden
    assert (summary.examined, summary.redriven, len(destination.letters)) == (50, 45, 45)


def test_a_queue_that_never_runs_empty_does_not_hold_the_run_for_ever() -> None:
    world, source, _ = filled(*many(40, "bad"))
    receive = source.receive

    def slowly(limit: int, *, visibility: int) -> list[DeadLetterMessage]:
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
    assert source.depth() == QueueDepth(visible=40, invisible=0)


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


# All queues


def two_queues() -> World:
    world, _, _ = filled(*many(5))
    world.open(SUPPRESSION.url).put(*many(5, start=5))
    return world


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(None, [("event", 5), ("suppression", 5)]), (7, [("event", 5), ("suppression", 2)]), (5, [("event", 5)])],
)
def test_a_limit_is_for_all_queues_together(limit: int | None, expected: list[tuple[str, int]]) -> None:
    world = two_queues()
    options = RedriveOptions(selection=Selection(), limit=limit)
    redrive_all((EVENT, SUPPRESSION), lambda _: ports_of(world), options, world)
    assert [(summary.queue, summary.redriven) for summary in world.summaries] == expected


def test_a_stopped_redrive_begins_no_other_queue() -> None:
    world = two_queues()
    world.stop_after = 1
    redrive_all((EVENT, SUPPRESSION), lambda _: ports_of(world), RedriveOptions(selection=Selection()), world)
    assert [summary.queue for summary in world.summaries] == ["event"]
    assert len(world.open(SUPPRESSION.url).letters) == 5
