"""When a pause that workers learned from SES must be confirmed."""

from __future__ import annotations

from dataclasses import replace

from ses_stack.sending.limits.stream_pauses import GUARD, StreamPause

LEARNED = StreamPause(stream="marketing", since=100.0)


def test_a_learned_pause_is_confirmed_every_minute() -> None:
    assert not LEARNED.must_be_confirmed(159.9)
    assert LEARNED.must_be_confirmed(160.0)
    asked = replace(LEARNED, asked_at=160.0)
    assert not asked.must_be_confirmed(219.9)
    assert asked.must_be_confirmed(220.0)


def test_an_operators_pause_is_not() -> None:
    assert not replace(LEARNED, by="ann").must_be_confirmed(1e9)


def test_the_cause_names_no_one() -> None:
    """It goes into the ledger and the log; an operator's name may be an address."""
    assert replace(LEARNED, by="ann@example.com", reason="ben asked").cause == "an operator has paused the stream"
    assert replace(LEARNED, by=GUARD, reason="complaints").cause == "the guard has paused the stream"
    assert LEARNED.cause == "SES says that the stream is paused"
