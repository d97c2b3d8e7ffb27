"""The time at which an event counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.event_times import FIRST, LAST, believed_time
from ses_stack.mail.times import utc_milliseconds

ACCEPTED, RECEIVED = "2026-11-20T06:10:00.123Z", "2026-11-24T06:10:00.000Z"


@pytest.mark.parametrize(
    "own",
    [
        ACCEPTED,
        RECEIVED,
        "2026-11-22T00:00:00.000Z",
        "2026-11-19T06:10:00.123Z",
        "2026-11-25T06:10:00.000Z",
    ],
)
def test_a_time_between_acceptance_and_receipt_counts_give_or_take_a_day(own: str) -> None:
    assert believed_time(own, accepted=ACCEPTED, received=RECEIVED) == own


@pytest.mark.parametrize(
    "own",
    [
        "0001-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "2026-11-19T06:10:00.122Z",
        "2026-11-25T06:10:00.001Z",
        "2036-02-07T06:28:16.000Z",
        "9999-12-31T23:59:59.999Z",
    ],
)
def test_another_time_is_replaced_by_that_of_receipt(own: str) -> None:
    assert believed_time(own, accepted=ACCEPTED, received=RECEIVED) == RECEIVED


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        ("2026-11-19T06:10:00.123Z", "2026-11-19T06:10:00.123Z"),
        ("2027-12-25T06:10:00.123Z", "2027-12-25T06:10:00.123Z"),
        ("2027-12-25T06:10:00.124Z", ACCEPTED),
        ("2026-11-19T06:10:00.122Z", ACCEPTED),
        ("9999-12-31T23:59:59.999Z", ACCEPTED),
    ],
)
def test_without_an_envelope_a_report_may_come_within_four_hundred_days(own: str, wanted: str) -> None:
    assert believed_time(own, accepted=ACCEPTED, received=None) == wanted


@pytest.mark.parametrize(
    "accepted", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z"]
)
def test_an_acceptance_that_cannot_be_is_ignored(accepted: str) -> None:
    assert believed_time(accepted, accepted=accepted, received=RECEIVED) == RECEIVED
    assert believed_time("2026-11-22T00:00:00.000Z", accepted=accepted, received=RECEIVED) == "2026-11-22T00:00:00.000Z"


@pytest.mark.parametrize("received", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_a_receipt_that_cannot_be_is_ignored(received: str) -> None:
    assert believed_time("9999-12-31T23:59:59.999Z", accepted=ACCEPTED, received=received) == ACCEPTED
    assert believed_time(RECEIVED, accepted=ACCEPTED, received=received) == RECEIVED


def test_a_record_without_any_time_of_ses_has_none() -> None:
    assert believed_time(RECEIVED, accepted=None, received=None) == RECEIVED
    for year in ("0001", "9999"):
        time = f"{year}-12-31T00:00:00.000Z"
        for accepted in (None, time):
            with pytest.raises(ValueError, match="is not a time at which SES can have existed"):
                believed_time(time, accepted=accepted, received=time)


TIMES = st.datetimes(timezones=st.just(UTC)).map(utc_milliseconds)


@given(TIMES, st.none() | TIMES, st.none() | TIMES)
def test_any_time_is_bounded_or_refused(own: str, accepted: str | None, received: str | None) -> None:
    try:
        found = believed_time(own, accepted=accepted, received=received)
    except ValueError:
        assert not any(each and FIRST <= each <= LAST for each in (received, accepted, own))
        return

    assert FIRST <= found < "2101-02-05"
    assert found in (own, accepted, received)
    if received and FIRST <= received <= LAST:
        assert datetime.fromisoformat(found) <= datetime.fromisoformat(received) + timedelta(days=1)
