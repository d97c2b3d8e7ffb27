"""How long a request waits for each cause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.streams import STREAMS
from ses_stack.sending.answers import (
    DEFERRALS,
    LONGEST_DELAY_SECONDS,
    NO_SLOT_IN_TIME,
    TABLE_UNAVAILABLE,
    Deferral,
    Verdict,
    may_send_twice,
)


def test_a_wait_doubles_up_to_the_longest() -> None:
    deferral = Deferral(5, 60, is_limit=True)
    assert [deferral.seconds(deferrals) for deferrals in range(6)] == [5, 10, 20, 40, 60, 60]


@given(st.sampled_from([*DEFERRALS.values(), NO_SLOT_IN_TIME, TABLE_UNAVAILABLE]), st.integers(0, 10**9))
def test_no_wait_exceeds_what_sqs_delays(deferral: Deferral, deferrals: int) -> None:
    assert deferral.first_seconds <= deferral.seconds(deferrals) <= LONGEST_DELAY_SECONDS


@pytest.mark.parametrize(
    ("deferral", "is_limit"),
    [
        (DEFERRALS[Verdict.THROTTLED], True),
        (DEFERRALS[Verdict.QUOTA], True),
        (NO_SLOT_IN_TIME, True),
        (DEFERRALS[Verdict.PAUSED], False),
        (DEFERRALS[Verdict.FAULT], False),
        (TABLE_UNAVAILABLE, False),
    ],
)
def test_only_limits_are_waited_for_without_end(deferral: Deferral, is_limit: bool) -> None:
    assert deferral.is_limit is is_limit


def test_only_marketing_mail_is_not_sent_twice() -> None:
    assert [stream for stream in STREAMS if not may_send_twice(stream)] == ["marketing"]
