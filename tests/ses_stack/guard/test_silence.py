"""Silence of events: mail was sent, and no event followed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.guard.silence import SentSign, SesCount, Silence

MINUTE = 60.0
FIRST, LAST = SentSign(1_000.0, "first"), SentSign(1_050.0, "last")


def answered(*signs: SentSign) -> Callable[[SentSign], bool]:
    return lambda sign: sign in signs


def never(_: SentSign) -> bool:
    raise AssertionError("the history is read without need")


def test_without_mail_there_is_no_silence_and_nothing_is_read() -> None:
    silence = Silence().after([], never)
    assert silence == Silence()
    assert not silence.is_silent(1e9, 900)


@pytest.mark.parametrize(
    ("with_events", "unanswered"),
    [((FIRST, LAST), None), ((LAST,), None), ((FIRST,), LAST), ((), FIRST)],
)
def test_mail_is_unanswered_from_the_first_that_no_later_event_follows(
    with_events: tuple[SentSign, ...], unanswered: SentSign | None
) -> None:
    expected = Silence(unanswered=unanswered, sent_at=1_050.0)
    assert Silence().after([FIRST, LAST], answered(*with_events)) == expected
    assert Silence(unanswered=FIRST, sent_at=1_000.0).after([LAST], answered(*with_events)) == expected


def test_mail_without_an_event_for_fifteen_minutes_is_silence() -> None:
    silence = Silence().after([FIRST], answered())
    for minute in range(20):
        silence = silence.after([], answered())
        assert silence.is_silent(1_000 + minute * MINUTE, 900) == (minute >= 15)


def test_an_event_ends_the_silence() -> None:
    assert Silence(unanswered=FIRST, sent_at=1_500.0).after([], answered(FIRST)) == Silence(sent_at=1_500.0)


def test_an_event_may_be_a_minute_older_than_the_count_of_its_mail() -> None:
    assert FIRST.event_since == 940


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
        signs = [SentSign(number * MINUTE), SentSign(number * MINUTE + 50)] if sends else []
        silence = silence.after(signs, lambda _: True)
        assert silence.unanswered is None


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_stack_without_any_event_is_silent_fifteen_minutes_after_its_first_mail(minutes: list[bool]) -> None:
    silence = Silence()
    first = next((number * MINUTE for number, sends in enumerate(minutes) if sends), None)
    for number, sends in enumerate(minutes):
        now = number * MINUTE + 59
        silence = silence.after([SentSign(number * MINUTE)] if sends else [], lambda _: False)
        assert silence.is_silent(now, 900) == (first is not None and now - first >= 900)


@given(st.lists(st.sampled_from((None, True, False)), max_size=60))
def test_the_first_event_after_a_silence_ends_it(minutes: list[bool | None]) -> None:
    """Each minute mail with an event, mail without one, or no mail."""
    silence = Silence()
    for number, has_event in enumerate(minutes):
        sign = SentSign(number * MINUTE, str(has_event))
        silence = silence.after([] if has_event is None else [sign], lambda each: each.message_id == "True")
        if has_event:
            assert silence.unanswered is None
