"""The guard's surroundings in memory: counters, SES, the send table, the history, the lanes and the topic.

Each call may fail, and the guard may be killed before or after each of its writes.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ses_stack.errors import ServiceError, TableError
from ses_stack.guard.health import AccountHealth, Enforcement
from ses_stack.guard.memory import GuardMemory, GuardRecord
from ses_stack.guard.metrics import Metric
from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.samples import EventSample
from ses_stack.guard.silence import SesCount
from ses_stack.guard.watch import watch
from ses_stack.guard.wording import Notification
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import bucket_at, start_of
from ses_stack.statistics.windows import StreamCounts, TimeWindow
from tests.support.guard_evidence import NOW

SETS = {stream: (f"s-{stream}",) for stream in STREAMS}


class GuardKilled(BaseException):
    """The guard's sandbox stops here."""


class GuardWorld:
    """A stack as the guard sees it. `broken` names the parts that do not answer."""

    def __init__(self, policy: GuardPolicy | None = None) -> None:
        self.policy = policy or GuardPolicy()
        self.moment = NOW
        self.events: list[tuple[datetime, str, Counter, int]] = []
        self.pauses: dict[str, StreamPause] = {}
        self.resumed: dict[str, float] = {}
        self.memory = GuardMemory()
        self.sending = {name: True for names in SETS.values() for name in names}
        self.told: list[Notification] = []
        self.counted: dict[int, SenderCounts] = {}
        self.health_now: AccountHealth | None = health()
        self.newest_event: float = 0.0
        self.messages_with_events: set[str] = set()
        self.oldest: float | None = 0.0
        self.broken: set[str] = set()
        self.writes: Tally[str] = Tally()
        self.dies_at: int | None = None
        self._steps = 0

    # what happens

    def mail(
        self, stream: str = "marketing", *, sends: int = 0, complaints: int = 0, bounces: int = 0, minutes: float = 10
    ) -> None:
        """Counts mail and its events, so many minutes ago."""
        moment = self.moment - timedelta(minutes=minutes)
        numbers = {Counter.SEND: sends, Counter.COMPLAINT: complaints, Counter.HARD_BOUNCE: bounces}
        self.events += [(moment, stream, counter, number) for counter, number in numbers.items() if number]

    def resume(self, stream: str = "marketing") -> None:
        """What `ses-stack resume` does."""
        self.resumed[stream] = self.moment.timestamp()
        for name in SETS[stream]:
            self.sending[name] = True
        del self.pauses[stream]

    def run(self, *, minutes: float = 1) -> GuardReport:
        """Time passes, then the guard runs."""
        self.moment += timedelta(minutes=minutes)
        return watch(self.tools(), self.policy)

    def tools(self) -> GuardTools:
        return GuardTools(
            stack="s",
            configuration_sets=SETS,
            counters=self,
            account=self,
            store=self,
            history=self,
            lanes=self,
            notify=self.notify,
            now=lambda: self.moment,
        )

    # the counters

    def together(self, wanted: Sequence[tuple[str, TimeWindow]]) -> list[StreamCounts]:
        self._check("counters", TableError)
        return [self._counts(stream, window) for stream, window in wanted]

    def _counts(self, stream: str, window: TimeWindow) -> StreamCounts:
        counters: Tally[Counter] = Tally()
        for moment, of_stream, counter, number in self.events:
            if of_stream == stream and window.since <= start_of(bucket_at(window.grain, moment)) < window.until:
                counters[counter] += number
        by_provider = {"gmail": dict(counters)} if counters else {}
        return StreamCounts(stream=stream, since=window.since, until=window.until, by_provider=by_provider)

    # SES

    def health(self, now: float) -> AccountHealth:
        self._check("account", ServiceError)
        assert self.health_now is not None
        return AccountHealth(
            rate=self.health_now.rate,
            most=self.health_now.most,
            count=SesCount(sent=self.health_now.count.sent, read_at=now),
            enforcement=self.health_now.enforcement,
            sending_enabled=self.health_now.sending_enabled,
        )

    def is_sending(self, name: str) -> bool:
        self._check("sets", ServiceError)
        return self.sending[name]

    def set_sending(self, name: str, sending: bool) -> None:
        self._check("sets", ServiceError)
        self._step()
        self.sending[name] = sending
        self.writes["set"] += 1
        self._step()

    # the send table

    def record(self) -> GuardRecord:
        self._check("store", TableError)
        return GuardRecord(KnownLimits(pauses=dict(self.pauses), resumed=dict(self.resumed)), self.memory)

    def pause(self, pause: StreamPause, *, resumed_at: float | None) -> bool:
        self._check("store", TableError)
        self._step()
        if pause.stream in self.pauses or self.resumed.get(pause.stream) != resumed_at:
            return False
        self.pauses[pause.stream] = pause
        self.writes["pause"] += 1
        self._step()
        return True

    def holds(self, pause: StreamPause) -> bool:
        return self.pauses.get(pause.stream) == pause and self.resumed.get(pause.stream, 0.0) < pause.since

    def sender_counts(self, since: int, until: int) -> Mapping[int, SenderCounts]:
        self._check("counts", TableError)
        return {second: counts for second, counts in self.counted.items() if since <= second < until}

    def remember(self, memory: GuardMemory, *, before: GuardMemory) -> bool:
        self._check("memory", TableError)
        self._step()
        if self.memory.counted_until != before.counted_until:
            return False
        self.memory = memory
        self._step()
        return True

    # the rest

    def has_event_of(self, message_id: str) -> bool:
        self._check("history", TableError)
        return message_id in self.messages_with_events

    def has_event_since(self, since: float, now: float) -> bool:
        self._check("history", TableError)
        return self.newest_event >= since

    def sample(self, stream: str, cause: Cause, now: float) -> EventSample:
        self._check("history", TableError)
        return EventSample(10, "spring", 9, "abuse" if cause is Cause.COMPLAINTS else "Permanent/NoEmail 5.1.1", 8)

    def oldest_seconds(self, now: float) -> float | None:
        self._check("lanes", ServiceError)
        return self.oldest

    def notify(self, notification: Notification) -> None:
        self._check("topic", ServiceError)
        self._step()
        self.told.append(notification)
        self._step()

    def _check(self, part: str, error: type[Exception]) -> None:
        if part in self.broken:
            raise error(f"{part} is broken")

    def _step(self) -> None:
        self._steps += 1
        if self._steps == self.dies_at:
            raise GuardKilled


def health(
    *, rate: float = 14, most: float = 50_000, sent: float = 0, enforcement: Enforcement | None = Enforcement.HEALTHY
) -> AccountHealth:
    """GetAccount's answer about a healthy account."""
    return AccountHealth(
        rate=rate, most=most, count=SesCount(sent=sent, read_at=0), enforcement=enforcement, sending_enabled=True
    )


def values(report: GuardReport, stream: str | None = None) -> dict[str, float]:
    """The metrics of the account, or of a stream, in a report."""
    names = {metric.value for metric in Metric}
    (line,) = [line for line in report.metrics if line.get("Stream") == stream]
    return {name: value for name, value in line.items() if name in names}
