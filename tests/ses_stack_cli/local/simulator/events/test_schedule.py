"""Scheduled events come in the order of their times; chaos disturbs them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.events.records import Event
from ses_stack_cli.local.simulator.events.schedule import Schedule
from ses_stack_cli.local.simulator.settings import Chaos
from tests.support.simulator import accepted_message

ACCEPTED = accepted_message("a@b.org")
CALM = Chaos()


def event(at: float, key: str = "k") -> Event:
    return Event(kind=EventType.SEND, accepted=ACCEPTED, at=at, key=key, body={})


@given(times=st.lists(st.floats(0, 1_000), max_size=30))
def test_events_come_by_time_and_then_in_the_order_in_which_they_were_added(times: list[float]) -> None:
    schedule = Schedule()
    for number, at in enumerate(times):
        schedule.add(event(at, key=str(number)), CALM)
    popped = schedule.pop_due(1_000, 100)
    assert [(each.due, int(each.event.key)) for each in popped] == sorted(zip(times, range(len(times)), strict=True))
    assert len(schedule) == 0


def test_only_what_is_due_comes_and_at_most_the_limit() -> None:
    schedule = Schedule()
    for at in (1.0, 2.0, 3.0, 4.0):
        schedule.add(event(at), CALM)
    assert [each.due for each in schedule.pop_due(3.0, 2)] == [1.0, 2.0]
    assert [each.due for each in schedule.pop_due(3.0, 2)] == [3.0]
    assert (schedule.next_due(), len(schedule)) == (4.0, 1)
    schedule.clear()
    assert schedule.next_due() is None


def test_a_rescheduled_event_counts_its_attempts() -> None:
    schedule = Schedule()
    schedule.add(event(1.0), Chaos(drop=1))
    (first,) = schedule.pop_due(1.0, 10)
    schedule.reschedule(first, 5.0)
    (second,) = schedule.pop_due(5.0, 10)
    assert (second.due, second.attempts, second.dropped, second.event) == (5.0, 1, True, first.event)


def test_chaos_duplicates_delays_and_drops() -> None:
    schedule = Schedule()
    schedule.add(event(10.0), Chaos(duplicate=1, shuffle_seconds=2.0))
    first, second = schedule.pop_due(100.0, 10)
    assert (first.due, first.duplicate, second.duplicate) == (10.0, False, True)
    assert 10.0 <= second.due <= 12.0
    schedule.add(event(10.0), Chaos(delay=1, delay_seconds=30.0, drop=1))
    (delayed,) = schedule.pop_due(100.0, 10)
    assert 10.0 < delayed.due <= 40.0
    assert delayed.dropped


def test_chaos_depends_on_the_events_key_alone() -> None:
    chaos = Chaos(shuffle=1, shuffle_seconds=60)
    dues = []
    for keys in (("a", "b"), ("b", "a")):
        schedule = Schedule()
        for key in keys:
            schedule.add(event(1.0, key), chaos)
        dues.append({each.event.key: each.due for each in schedule.pop_due(100.0, 10)})
    assert dues[0] == dues[1]
    assert dues[0]["a"] != dues[0]["b"]
