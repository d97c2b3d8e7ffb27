"""Records of the suppression queue."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from ses_stack.suppression.records import SuppressionCopy, SuppressionRecord


def test_a_record_has_no_turn_unless_it_waited_for_one() -> None:
    assert SuppressionRecord(id="m", body="b").turn is None
    assert SuppressionRecord(id="m", body="b") != SuppressionRecord(id="m", body="b", turn=1000.5)


def test_records_and_copies_do_not_change() -> None:
    record = SuppressionRecord(id="m", body="b")
    copy = SuppressionCopy(record_id="m", body="b", delay=3, turn=None)
    with pytest.raises(FrozenInstanceError):
        record.turn = 1.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        copy.delay = 4  # type: ignore[misc]
