"""What an operator should know about a message beyond its events: where a dead letter is, and missing events."""

from __future__ import annotations

from collections.abc import Iterator

from ses_stack.history.timeline import Timeline
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.outcomes.story import Story

# SES publishes a Send event within seconds.
_SEND_EVENT_SECONDS = 120
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def advice(found: Story, now: float) -> list[str]:
    """Sentences about a message's story. `now` is in seconds since 1970."""
    return list(_sentences(found.entry, found.timeline, now)) if found.entry else []


def _sentences(entry: LedgerEntry, timeline: Timeline | None, now: float) -> Iterator[str]:
    if _is_dead_letter(entry):
        doubt = ", although SES may have sent it already" if entry.status is RequestStatus.UNKNOWN else ""
        yield (
            f"the sender put the request into the dead-letter queue {entry.lane}: `ses-stack dlq peek {entry.lane}` "
            f"shows what lies there, `ses-stack dlq redrive {entry.lane}` sends it again{doubt}"
        )
    silence = now - (entry.sent_at or entry.changed_at)
    if entry.status is RequestStatus.SENT and timeline is None and silence > _SEND_EVENT_SECONDS:
        yield (
            f"SES accepted the message {_age(silence)} ago, and no event of it is stored, not even its Send event: "
            "see `ses-stack dlq list`, and whether the configuration set publishes its events to EventBridge"
        )


def _is_dead_letter(entry: LedgerEntry) -> bool:
    """A request that failed before SES took it. One that an event of SES proved to have failed is with SES."""
    return entry.evidence_at is None and entry.status in {RequestStatus.FAILED, RequestStatus.UNKNOWN}


def _age(seconds: float) -> str:
    """A time of at least a minute, in its largest unit."""
    size, unit = next(each for each in _UNITS if seconds >= each[0])
    number = int(seconds // size)
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
