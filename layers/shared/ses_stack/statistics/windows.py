"""What was counted in a window of time: for one stream, or for one campaign of a stream.

`since` and `until` are the window's real bounds: whole buckets, so that a window of one hour may be up to five minutes
longer than an hour, and the last day up to an hour longer than a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at, start_of
from ses_stack.statistics.rates import EventRate

# The name under which mail to the mailbox simulator is counted, whichever stream it was sent on. It never counts as
# mail of its stream.
SIMULATOR_STREAM = "simulator"

_BOUNCES = (Counter.HARD_BOUNCE, Counter.SOFT_BOUNCE, Counter.SUPPRESSION_LIST_BOUNCE, Counter.UNDETERMINED_BOUNCE)
_OPENS = (Counter.OPEN_HUMAN, Counter.OPEN_BOT, Counter.OPEN_UNKNOWN)
_CLICKS = (Counter.CLICK_HUMAN, Counter.CLICK_BOT, Counter.CLICK_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """A length of time in whole buckets of one grain: `since` is in it, `until` no longer."""

    grain: Grain
    since: datetime
    until: datetime


def window_of(grain: Grain, since: datetime, until: datetime) -> TimeWindow:
    """The shortest window that holds both moments."""
    return TimeWindow(
        grain=grain,
        since=start_of(bucket_at(grain, since)),
        until=start_of(bucket_at(grain, until)) + grain.length,
    )


def last_hour(now: datetime) -> TimeWindow:
    """At least the last hour, from the buckets of five minutes."""
    return window_of(Grain.FIVE_MINUTES, now - timedelta(hours=1), now)


def last_day(now: datetime) -> TimeWindow:
    """At least the last day, from the buckets of an hour."""
    return window_of(Grain.HOURS, now - timedelta(days=1), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """The counters of one stream by provider, between two moments. `campaign` is empty for the whole stream.

    Recipients are counted, as SES does: a message to three recipients is three sends.
    """

    stream: str
    since: datetime
    until: datetime
    by_provider: Mapping[str, Mapping[Counter, int]] = field(default_factory=dict)
    campaign: str = ""

    def total(self, *counters: Counter) -> int:
        """The sum of some counters over all providers; of all counters if none is named."""
        wanted = counters or tuple(Counter)
        return sum(counts.get(counter, 0) for counts in self.by_provider.values() for counter in wanted)

    def of_provider(self, provider: str) -> StreamCounts:
        """The counters of one provider alone."""
        counters = self.by_provider.get(provider)
        return replace(self, by_provider={provider: counters} if counters else {})

    def top_provider(self, counter: Counter) -> str | None:
        """The provider with the highest count; None if nothing was counted."""
        counts = {name: counters[counter] for name, counters in self.by_provider.items() if counters.get(counter)}
        return max(sorted(counts), key=counts.__getitem__) if counts else None

    @property
    def events(self) -> int:
        """All events."""
        return self.total()

    @property
    def sends(self) -> int:
        """Recipients of mail that SES accepted: the volume behind every rate."""
        return self.total(Counter.SEND)

    @property
    def deliveries(self) -> int:
        """Recipients whose server took the mail."""
        return self.total(Counter.DELIVERY)

    @property
    def hard_bounces(self) -> int:
        """Permanent bounces, without those of suppression lists."""
        return self.total(Counter.HARD_BOUNCE)

    @property
    def soft_bounces(self) -> int:
        """Transient bounces, without auto-replies."""
        return self.total(Counter.SOFT_BOUNCE)

    @property
    def suppression_list_bounces(self) -> int:
        """Recipients that SES left out, because a suppression list has the address."""
        return self.total(Counter.SUPPRESSION_LIST_BOUNCE)

    @property
    def bounces(self) -> int:
        """Bounces of all kinds, without auto-replies."""
        return self.total(*_BOUNCES)

    @property
    def complaints(self) -> int:
        """Complaints, without corrections (`not-spam`) and those of suppression lists."""
        return self.total(Counter.COMPLAINT)

    @property
    def not_spam(self) -> int:
        """Corrections: the recipient marked the mail as not spam."""
        return self.total(Counter.NOT_SPAM)

    @property
    def rejects(self) -> int:
        """Recipients of mail that SES rejected for its content."""
        return self.total(Counter.REJECT)

    @property
    def rendering_failures(self) -> int:
        """Recipients of mail whose template SES could not render."""
        return self.total(Counter.RENDERING_FAILURE)

    @property
    def delivery_delays(self) -> int:
        """Delays, several of which may concern one recipient."""
        return self.total(Counter.DELIVERY_DELAY)

    @property
    def opens(self) -> int:
        """Opens by humans, by bots, and without a verdict."""
        return self.total(*_OPENS)

    @property
    def clicks(self) -> int:
        """Clicks by humans, by bots, and without a verdict."""
        return self.total(*_CLICKS)

    @property
    def hard_bounce_rate(self) -> EventRate:
        """Hard bounces of all sends."""
        return EventRate(self.hard_bounces, self.sends)

    @property
    def complaint_rate(self) -> EventRate:
        """Complaints of all sends."""
        return EventRate(self.complaints, self.sends)


def added(parts: Iterable[Mapping[str, Mapping[Counter, int]]]) -> dict[str, dict[Counter, int]]:
    """The sums of counters by provider."""
    sums: dict[str, dict[Counter, int]] = {}
    for part in parts:
        for provider, counters in part.items():
            into = sums.setdefault(provider, {})
            for counter, count in counters.items():
                into[counter] = into.get(counter, 0) + count
    return sums
