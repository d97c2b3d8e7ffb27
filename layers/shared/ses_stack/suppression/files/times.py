"""Times in files: ISO-8601, the form of mail headers, seconds or milliseconds since the epoch, and Excel's numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ses_stack.mail.times import utc_milliseconds, zone_or_utc

_NUMBER = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,9}))?")
_ZONE = re.compile(r"\s+(?:UTC|GMT|Z|([+-]\d{2}:?\d{2}))(?:\s+UTC)?$")
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_SECONDS, _LAST_SECONDS = _FIRST.timestamp(), _LAST.timestamp()
# A spreadsheet counts days from here, so that 1 January 1900 is day 2 in its calendar, which has a 29 February 1900.
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_DAY, _LAST_DAY = (_FIRST - _DAY_ZERO).days, (_LAST - _DAY_ZERO).days


def file_time(text: str, field: str) -> str:
    """The time in a cell, as the tables hold it. A time without a zone is in UTC.

    Raises `ValueError` for what is no time or could be two (`11/12/2026`), and for years outside 2000 to 2099: such a
    time is a number in another unit, or stands for no time at all.
    """
    number = _NUMBER.fullmatch(text)
    moment = _from_number(number) if number else _from_text(text)
    if moment is None:
        raise ValueError(f"{field} is neither an ISO-8601 time nor epoch seconds")
    if not _FIRST <= moment < _LAST:
        raise ValueError(f"{field} lies outside the years 2000 to 2099")
    return utc_milliseconds(moment)


def _from_number(match: re.Match[str]) -> datetime | None:
    number = float(f"{match[1]}.{match[2] or 0}")
    if _FIRST_DAY <= number < _LAST_DAY:
        return _DAY_ZERO + timedelta(days=number, milliseconds=0.5)
    for unit in (1, 1000):
        if _FIRST_SECONDS <= number / unit < _LAST_SECONDS:
            return datetime.fromtimestamp(number / unit, UTC)
    return None


def _from_text(text: str) -> datetime | None:
    iso = _ZONE.sub(lambda match: match[1] or "+00:00", text)
    for parse, form in ((datetime.fromisoformat, iso), (parsedate_to_datetime, text)):
        try:
            return zone_or_utc(parse(form))
        except (ValueError, OverflowError):
            continue
    return None
