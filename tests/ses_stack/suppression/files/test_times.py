"""Times in files."""

from __future__ import annotations

import pytest

from ses_stack.suppression.files.times import file_time

NO_TIME = "event_time is neither an ISO-8601 time nor epoch seconds"
OUTSIDE = "event_time lies outside the years 2000 to 2099"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02 03:04:05 +0100", "2026-01-02T02:04:05.000Z"),
        ("2026-01-02 03:04:05 +0000 UTC", "2026-01-02T03:04:05.000Z"),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.000Z"),
        ("Fri, 02 Jan 2026 03:04:05 -0500", "2026-01-02T08:04:05.000Z"),
        ("1732435200", "2024-11-24T08:00:00.000Z"),
        ("1732435200.25", "2024-11-24T08:00:00.250Z"),
        ("1732435200000", "2024-11-24T08:00:00.000Z"),
        ("45985", "2025-11-24T00:00:00.000Z"),
        ("45985.25", "2025-11-24T06:00:00.000Z"),
        ("45985,25", "2025-11-24T06:00:00.000Z"),
        ("36526", "2000-01-01T00:00:00.000Z"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert file_time(text, "event_time") == time


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tomorrow", NO_TIME),
        ("11/12/2026", NO_TIME),
        ("12.11.2026", NO_TIME),
        ("0", NO_TIME),
        ("1", NO_TIME),
        ("100000", NO_TIME),
        ("86400000", NO_TIME),
        ("1732435200000000", NO_TIME),
        ("-45985", NO_TIME),
        ("٤٥٩٨٥", NO_TIME),
        ("1970-01-01", OUTSIDE),
        ("0001-01-01T00:00:00Z", OUTSIDE),
        ("9999-12-31T23:59:59-12:00", OUTSIDE),
        ("Thu, 01 Jan 1970 00:00:00 GMT", OUTSIDE),
    ],
)
def test_a_number_in_another_unit_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        file_time(text, "event_time")
