"""Pausing a stream: once, for all to know, whatever happens to the guard between its writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.guard.policy import GuardPolicy
from ses_stack.sending.limits.stream_pauses import StreamPause
from tests.support.guard_world import GuardKilled, GuardWorld, values

OPERATOR = "arn:aws:iam::1:user/ann"


def complaining(world: GuardWorld | None = None, stream: str = "marketing", *, minutes: float = 10) -> GuardWorld:
    world = world or GuardWorld()
    world.mail(stream, sends=5_000, complaints=20, minutes=minutes)
    return world


def test_a_stream_that_complains_too_much_is_paused_and_no_other() -> None:
    world = complaining()
    world.mail("transactional", sends=5_000)
    report = world.run()

    pause = world.pauses["marketing"]
    assert (pause.by, pause.since) == ("guard", world.moment.timestamp())
    assert pause.reason == (
        "20 complaints of 5,000 messages: 0.4%, and 0.259% at least; critical is 0.08%; most at gmail: 20; "
        "most of campaign spring: 9 of the newest 10; most often abuse: 8 of the newest 10"
    )
    assert world.sending == {"s-transactional": True, "s-marketing": False, "s-default": True}
    assert [each.subject for each in world.told] == ["s: the guard has paused marketing mail"]
    assert pause.reason in world.told[0].text
    assert values(report, "marketing")["StreamPaused"] == 1
    assert report.actions[0] == f"paused marketing mail: {pause.reason}"


def test_the_next_runs_change_nothing() -> None:
    world = complaining()
    world.run()
    pauses, writes = dict(world.pauses), dict(world.writes)
    for _ in range(5):
        assert world.run().actions == []
    assert (world.pauses, world.writes, len(world.told)) == (pauses, writes, 1)


def test_twelve_messages_with_one_complaint_are_not_paused() -> None:
    world = GuardWorld()
    world.mail(sends=12, complaints=1)
    assert world.run().actions == []
    assert (world.pauses, world.told) == ({}, [])


def test_mail_straight_through_ses_is_paused_at_ses() -> None:
    world = complaining(stream="default")
    world.run()
    assert world.pauses.keys() == {"default"}
    assert not world.sending["s-default"]
    assert "SES refuses mail that applications send" in world.told[0].text


def test_transactional_mail_is_warned_about_once_an_hour_as_long_as_it_gets_worse() -> None:
    world = complaining(stream="transactional")
    for _ in range(90):
        world.run()
    assert (world.pauses, len(world.told)) == ({}, 1)
    assert world.told[0].subject == "s: transactional mail has too many complaints"
    assert "GuardPausesTransactional=true" in world.told[0].text

    world.mail("transactional", complaints=20, minutes=1)
    for _ in range(30):
        world.run()
    assert len(world.told) == 2


def test_transactional_mail_is_paused_where_that_is_asked_for() -> None:
    world = complaining(GuardWorld(GuardPolicy(pauses_transactional=True)), "transactional")
    world.run()
    assert world.pauses.keys() == {"transactional"}


def test_a_stream_that_an_operator_resumed_is_paused_by_new_evidence_only() -> None:
    world = complaining()
    world.run()
    world.resume()
    for _ in range(120):
        assert world.run().actions == []
    assert (world.pauses, world.sending["s-marketing"]) == ({}, True)

    world.mail(complaints=2, minutes=0)
    assert world.run().actions == []
    world.mail(complaints=20, minutes=0)
    world.run()
    assert world.pauses["marketing"].reason.startswith("22 complaints of 5,000 messages")
    assert len(world.told) == 2


def test_complaints_that_arrive_within_the_minutes_of_the_resumption_are_not_new() -> None:
    world = complaining()
    world.run()
    world.resume()
    world.mail(complaints=20, minutes=0)
    for _ in range(3):
        world.run()
    assert world.pauses == {}


def test_a_resumption_between_the_guards_reading_and_writing_wins() -> None:
    world = complaining()
    world.resumed["marketing"] = 1.0
    record = world.record()
    world.resumed["marketing"] = world.moment.timestamp()
    world.record = lambda: record  # type: ignore[method-assign]
    world.run()
    assert (world.pauses, world.told, world.sending["s-marketing"]) == ({}, [], True)


def test_a_resumption_while_the_guard_turns_the_set_off_wins() -> None:
    world = complaining()
    world.run()
    world.sending["s-marketing"] = True
    turn = world.set_sending

    def resumed_meanwhile(name: str, sending: bool) -> None:
        turn(name, sending)
        world.pauses.pop("marketing", None)

    world.set_sending = resumed_meanwhile  # type: ignore[method-assign]
    world.run()
    assert world.sending["s-marketing"]


def test_an_operator_who_is_about_to_resume_is_left_alone() -> None:
    """`ses-stack resume` has noted the time and turned the set on, and has not removed the pause yet."""
    world = complaining()
    world.run()
    world.resumed["marketing"] = world.moment.timestamp() + 1
    world.sending["s-marketing"] = True
    world.run()
    assert world.sending["s-marketing"]


@pytest.mark.parametrize("by", ["guard", OPERATOR])
def test_a_set_that_a_deployment_turned_on_is_turned_off_again(by: str) -> None:
    world = GuardWorld()
    world.pauses["marketing"] = StreamPause(stream="marketing", since=world.moment.timestamp(), by=by, reason="x")
    world.memory = world.memory.with_notified("marketing", world.moment.timestamp())
    report = world.run()
    assert report.actions == ["turned off the configuration set s-marketing"]
    assert (world.sending["s-marketing"], world.told) == (False, [])


def test_a_pause_that_workers_learned_from_ses_is_left_to_them() -> None:
    world = complaining()
    world.pauses["marketing"] = StreamPause(stream="marketing", since=1.0)
    world.run()
    assert (world.pauses["marketing"].by, world.writes, world.told) == (None, {}, [])


def test_an_operators_pause_is_not_made_the_guards() -> None:
    world = complaining()
    world.pauses["marketing"] = StreamPause(stream="marketing", since=1.0, by=OPERATOR)
    world.sending["s-marketing"] = False
    world.run()
    assert (world.pauses["marketing"].by, world.told) == (OPERATOR, [])


@pytest.mark.parametrize("part", ["counters", "store"])
def test_what_is_not_known_is_no_verdict(part: str) -> None:
    world = complaining()
    world.broken = {part}
    for _ in range(3):
        world.run()
    assert (world.pauses, world.told, world.writes) == ({}, [], {})
    world.broken = set()
    world.run()
    assert world.pauses


@pytest.mark.parametrize("part", ["account", "history", "lanes", "counts", "memory"])
def test_what_a_verdict_does_not_need_does_not_stop_it(part: str) -> None:
    world = complaining()
    world.broken = {part}
    world.run()
    assert world.pauses.keys() == {"marketing"}
    assert not world.sending["s-marketing"]


def test_a_topic_that_does_not_answer_is_notified_later() -> None:
    world = complaining()
    world.broken = {"topic"}
    assert "the topic" in world.run().unknown
    world.broken = set()
    world.run()
    world.run()
    assert len(world.told) == 1


def test_ses_that_throttles_the_switch_is_asked_again() -> None:
    world = complaining()
    world.broken = {"sets"}
    world.run()
    assert (world.pauses.keys(), world.sending["s-marketing"]) == ({"marketing"}, True)
    world.broken = set()
    world.run()
    assert not world.sending["s-marketing"]


def test_a_pause_that_ended_is_forgotten_so_that_the_next_one_is_notified() -> None:
    world = complaining()
    world.run()
    world.resume()
    world.run()
    assert world.memory.notified == {}


def test_late_complaints_pause_the_stream_by_the_mail_they_are_about() -> None:
    day = 24 * 60
    world = GuardWorld()
    world.mail(sends=1_000_000, minutes=1.5 * day)
    world.mail(sends=100, complaints=50, minutes=30)
    world.run()
    assert world.pauses == {}

    world = GuardWorld()
    world.mail(sends=5_000, minutes=1.5 * day)
    world.mail(complaints=50, minutes=30)
    world.run()
    assert world.pauses["marketing"].reason.startswith("50 complaints of 5,000 messages")


@given(st.integers(min_value=1, max_value=12), st.integers(min_value=1, max_value=4))
def test_a_guard_that_is_killed_at_any_write_pauses_and_tells_all_the_same(step: int, runs: int) -> None:
    world = complaining()
    world.mail("transactional", sends=5_000, complaints=20)
    for number in range(runs):
        world.dies_at = step + number
        try:
            world.run()
        except GuardKilled:
            continue
    world.dies_at = None
    world.run()

    assert world.pauses.keys() == {"marketing"}
    assert not world.sending["s-marketing"]
    subjects = {each.subject for each in world.told}
    assert subjects == {"s: the guard has paused marketing mail", "s: transactional mail has too many complaints"}
    assert world.writes["pause"] == 1


@given(st.integers(min_value=1, max_value=12))
def test_two_guards_at_a_time_pause_once(step: int) -> None:
    """The first stops somewhere, the second runs from the start, and the first goes on with what it has read."""
    world = complaining()
    record = world.record()
    world.dies_at = step
    try:
        world.run()
    except GuardKilled:
        world.dies_at = None
        world.run(minutes=0)
    world.dies_at = None
    world.record = lambda: record  # type: ignore[method-assign]
    world.run(minutes=0)

    assert world.writes["pause"] == 1
    assert not world.sending["s-marketing"]
    assert 1 <= len(world.told) <= 2
