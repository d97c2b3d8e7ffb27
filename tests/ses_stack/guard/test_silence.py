"""Silence of events: mail was sent, and no event followed."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.guard.silence import SesCount, Silence

MINUTE = 60.0


def newest(moment: float) -> Callable[[float], bool]:
    """A history whose newest event is of a moment."""
    return lambda since: moment >= since


def never(_: float) -> bool:
    raise AssertionError("the history is read without need")


def test_without_mail_there_is_no_silence_and_nothing_is_read() -> None:
    silence = Silence().after(None, never)
    assert silence == Silence()
    assert not silence.is_silent(1e9, 900)


def test_mail_that_events_follow_is_no_silence() -> None:
    silence = Silence().after((100.0, 159.0), newest(158.0))
    assert silence == Silence(sent_at=159.0)


def test_mail_without_an_event_for_fifteen_minutes_is_silence() -> None:
    silence = Silence().after((1_000.0, 1_030.0), newest(500.0))
    assert silence == Silence(since=1_000.0, sent_at=1_030.0)
    for minute in range(20):
        silence = silence.after(None, newest(500.0))
        assert silence.is_silent(1_000 + minute * MINUTE, 900) == (minute >= 15)


def test_events_that_stop_while_mail_goes_on() -> None:
    """The last event came a second into the minute; the mail of its end is unanswered."""
    silence = Silence().after((1_000.0, 1_059.0), newest(990.0))
    silence = silence.after((1_060.0, 1_119.0), newest(990.0))
    assert silence == Silence(since=1_059.0, sent_at=1_119.0)
    assert silence.after((1_120.0, 1_180.0), newest(990.0)).since == 1_059.0


def test_an_event_ends_the_silence() -> None:
    silence = Silence(since=1_000.0, sent_at=1_500.0).after(None, newest(1_900.0))
    assert silence == Silence(sent_at=1_500.0)


def test_sess_count_is_a_sign_where_this_stack_sends_most_of_the_accounts_mail() -> None:
    before, now = SesCount(sent=100, read_at=0), SesCount(sent=101, read_at=60)
    assert now.has_grown_since(before, own=51)
    assert not now.has_grown_since(before, own=50)
    assert not now.has_grown_since(None, own=51)
    assert not before.has_grown_since(now, own=101)


@given(st.lists(st.booleans(), max_size=40))
def test_a_stack_whose_mail_always_has_events_is_never_silent(minutes: list[bool]) -> None:
    silence = Silence()
    for number, sends in enumerate(minutes):
        start = number * MINUTE
        silence = silence.after((start, start + 59) if sends else None, newest(start + 30))
        assert not silence.is_silent(start + 59, 900)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_stack_without_any_event_is_silent_fifteen_minutes_after_its_first_mail(minutes: list[bool]) -> None:
    silence = Silence()
    first = next((number * MINUTE for number, sends in enumerate(minutes) if sends), None)
    for number, sends in enumerate(minutes):
        start = number * MINUTE
        silence = silence.after((start, start + 59) if sends else None, newest(-1e9))
        expected = first is not None and start >= first and start + 59 - first >= 900
        assert silence.is_silent(start + 59, 900) == expected
