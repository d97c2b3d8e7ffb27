"""What the guard says: the reason of a pause, for its row, and the messages for the topic, for an operator at night."""

from __future__ import annotations

from dataclasses import dataclass

from ses_stack.guard.decisions import CriticalRate, StreamEvidence
from ses_stack.guard.samples import EventSample
from ses_stack.mail.streams import DEFAULT_STREAM
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.limits.stream_pauses import StreamPause

_LONGEST_CAMPAIGN_NAME = 100


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for the topic. SNS takes a subject of at most 100 ASCII characters.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """

    subject: str
    text: str


def reason_of(critical: CriticalRate, evidence: StreamEvidence, sample: EventSample | None) -> str:
    """Why a stream is critical: the numbers, and what is behind most of its events."""
    rate = critical.rate
    parts = [
        f"{rate.count:,} {critical.cause} of {rate.volume:,} messages: {percent(rate.value)}, "
        f"and {percent(rate.lower)} at least; critical is {percent(critical.threshold)}"
    ]
    counts = evidence.day if evidence.fresh is None else evidence.fresh
    if provider := counts.top_provider(critical.cause.counter):
        parts.append(f"most at {provider}: {counts.of_provider(provider).total(critical.cause.counter):,}")
    if sample and sample.campaign:
        name = _shown(sample.campaign)
        parts.append(f"most of campaign {name}: {sample.of_campaign} of the newest {sample.size}")
    if sample and sample.kind:
        parts.append(f"most often {sample.kind}: {sample.of_kind} of the newest {sample.size}")
    return "; ".join(parts)


def pause_notification(pause: StreamPause, *, stack: str) -> Notification:
    """Tells that the guard has paused a stream."""
    stream = pause.stream
    effect = (
        "SES refuses mail that applications send with this stream's configuration set; queued mail waits in its lane."
        if stream == DEFAULT_STREAM
        else "Its queued mail waits in its lane. SES refuses mail that is sent with its configuration set."
    )
    return Notification(
        _subject(f"{stack}: the guard has paused {stream} mail"),
        f"The guard paused the stream {stream} of the stack {stack} at {_minute(pause.since)}.\n\n"
        f"Why: {pause.reason}.\n\n"
        f"{effect} Other streams go on.\n\n"
        f"What to do: find the cause before AWS reviews the account.\n"
        f"  ses-stack streams --stack-name {stack}           rates, thresholds and pauses of all streams\n"
        f"  ses-stack resume {stream} --stack-name {stack}   send again, after the cause is removed\n\n"
        f"After `resume`, only new bounces and complaints count: these do not pause the stream again.\n",
    )


def warning_notification(critical: CriticalRate, reason: str, *, stack: str) -> Notification:
    """Warns about a stream that the guard may not pause."""
    stream = critical.stream
    return Notification(
        _subject(f"{stack}: {stream} mail has too many {critical.cause}"),
        f"The stream {stream} of the stack {stack} is critical, and goes on: the guard only warns about it.\n\n"
        f"Why: {reason}.\n\n"
        f"What to do: find the cause before AWS reviews the account.\n"
        f"  ses-stack streams --stack-name {stack}          rates, thresholds and pauses of all streams\n"
        f"  ses-stack pause {stream} --stack-name {stack}   stop this stream until you resume it\n\n"
        f"With the parameter GuardPausesTransactional=true, the guard pauses transactional mail itself.\n",
    )


def percent(fraction: float) -> str:
    """A rate as operators read it: `4%`, `0.083%`. Three digits, so that no rate looks like its threshold."""
    return f"{100 * fraction:.3g}%" if 100 * fraction < 99.95 else "100%"


def _shown(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:_LONGEST_CAMPAIGN_NAME]


def _subject(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:100]


def _minute(seconds: float) -> str:
    return f"{epoch_utc_milliseconds(seconds)[:16].replace('T', ' ')} UTC"
