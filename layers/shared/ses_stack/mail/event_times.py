"""The time of an event: what SES writes into it, as far as it can be believed.

The timestamp of a bounce or a complaint is the receiving provider's, whose clock may be wrong by years. A wrong time
would hide an event from the history's newest hours, keep its row for ever, and put a fact beyond the reach of every
removal. So an event's time must lie between two others in the same record: when SES accepted the message, and when
EventBridge or SNS received the event. Only the record decides, and no clock of a worker: the keys of rows and facts
are made from the time, and must be the same for every copy of an event.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-object
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ses_stack.mail.times import utc_milliseconds

# SES exists since 2011. A time outside these is an error of the program that wrote the record.
FIRST, LAST = "2011-01-01T00:00:00.000Z", "2099-12-31T23:59:59.999Z"
# Between the clocks of SES, EventBridge and the receiving provider.
_CLOCK_SKEW = timedelta(days=1)
# A record without an envelope does not say when it was received. Complaints come months after the message.
_LONGEST_DELAY = timedelta(days=400)
_DATE = len("2026-11-24")


def believed_time(own: str, *, accepted: str | None, received: str | None) -> str:
    """The time at which an event counts; all times are texts as the tables hold them.

    `own` is the event's, `accepted` the message's, `received` the envelope's; None for one that the record lacks. The
    event's own time counts if it lies between the two others, give or take a day; else the envelope's, or without an
    envelope the message's. Raises `ValueError` if none of them is a time at which SES can have existed.
    """
    if accepted and received and FIRST[:_DATE] <= accepted[:_DATE] <= own[:_DATE] <= received[:_DATE] <= LAST[:_DATE]:
        return own  # nearly every event: it costs no arithmetic
    received = _possible(received, until=LAST)
    accepted = _possible(accepted, until=_shifted(received, _CLOCK_SKEW) if received else LAST)
    fallback = received or accepted or _possible(own, until=LAST)
    if fallback is None:
        raise ValueError("is not a time at which SES can have existed")
    earliest = _shifted(accepted, -_CLOCK_SKEW) if accepted else FIRST
    latest = _shifted(received, _CLOCK_SKEW) if received else _shifted(fallback, _LONGEST_DELAY)
    return own if earliest <= own <= latest else fallback


def _possible(text: str | None, *, until: str) -> str | None:
    return text if text and FIRST <= text <= until else None


def _shifted(text: str, by: timedelta) -> str:
    return utc_milliseconds(datetime.fromisoformat(text) + by)
