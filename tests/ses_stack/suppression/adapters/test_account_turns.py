"""Turns at SES's list, on moto."""

from __future__ import annotations

import time

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.suppression.adapters.account_turns import AccountTurnsTable
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import NOW
from tests.support.suppression_fakes import Time
from tests.support.suppression_rows import NAME


def test_turns_are_a_second_apart(calls: MotoCalls) -> None:
    clock = Time()
    turns = AccountTurnsTable(calls, name=NAME, now=clock.now, retrying=Retrying(sleep=lambda _: None))
    until = time.monotonic() + 30
    assert turns.take(3, until=until) == pytest.approx(NOW)
    assert turns.take(1, until=until) == pytest.approx(NOW + 3)
    calls.faults = [("UpdateItem", None)]
    assert turns.take(1, until=until) == pytest.approx(NOW + 4)
    clock.seconds += 100
    assert turns.take(1, until=until) == pytest.approx(NOW + 100)
    calls.faults = [("UpdateItem", Answer(400, {"__type": "AccessDeniedException"}))]
    with pytest.raises(TableError):
        turns.take(1, until=until)


def test_too_many_workers_ask_at_once(calls: MotoCalls) -> None:
    turns = AccountTurnsTable(calls, name=NAME, now=Time().now, retrying=Retrying(sleep=lambda _: None))
    calls.faults = [("UpdateItem", Answer(400, {"__type": "x#ConditionalCheckFailedException"}))] * 10
    with pytest.raises(TableError, match="no turn at SES's list"):
        turns.take(1, until=time.monotonic() + 30)
    assert calls.made == ["UpdateItem"] * 10


def test_a_turn_taken_over_a_broken_connection_is_the_workers_own(calls: MotoCalls) -> None:
    turns = AccountTurnsTable(calls, name=NAME, now=Time().now, retrying=Retrying(sleep=lambda _: None))
    until = time.monotonic() + 30
    first_fails = [("UpdateItem", Answer(400, {"__type": "x#ConditionalCheckFailedException"}))]
    calls.faults, calls.broken = first_fails, ["UpdateItem"]

    assert turns.take(2, until=until) == pytest.approx(NOW)
    assert calls.broken == []
    assert turns.take(1, until=until) == pytest.approx(NOW + 2)
