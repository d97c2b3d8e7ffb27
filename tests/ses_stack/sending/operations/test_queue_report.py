"""The queue report, with queues, rows and SES in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ses_stack.mail.lanes import BULK, PRIORITY
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Accepted, Backoff
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from ses_stack.sending.operations.backlog import Drain, Quota, Speed, Waiting
from ses_stack.sending.operations.policy import SendingPolicy
from ses_stack.sending.operations.queue_report import PausedStream, QueueReporter, SesStatus

NOW = 1_800_000_000.5
SES = SesStatus(rate=14, most=1000, sent=100, stopped=None)


class World:
    """The lanes' queues, the shared rows, and SES."""

    def __init__(self) -> None:
        self.waiting = {lane: Waiting(ready=0, deferred=0, at_work=0) for lane in (PRIORITY, BULK)}
        self.limits: AccountLimits | None = None
        self.backoff = Backoff()
        self.pauses: dict[str, StreamPause] = {}
        self.tenants: dict[str, TenantPause] = {}
        self.rows: dict[int, Accepted] = {}
        self.ses = SES
        self.ses_calls = 0
        policy = SendingPolicy(safety=0.5, threshold=0.8)
        self.reporter = QueueReporter(lanes=self, rows=self, ask_ses=self.ask, policy=policy)

    def depth(self, lane: str, now: float) -> Waiting:
        return self.waiting[lane]

    def known(self) -> KnownLimits:
        return KnownLimits(account=self.limits, backoff=self.backoff, pauses=self.pauses, tenants=self.tenants)

    def accepted(self, seconds: Sequence[int]) -> list[Accepted]:
        return [self.rows.get(second, Accepted()) for second in seconds]

    def ask(self) -> SesStatus:
        self.ses_calls += 1
        return self.ses


def test_an_idle_stack() -> None:
    report = World().reporter.report(NOW)

    assert report.speed == Speed(allowed=7, priority=0, bulk=0)
    assert report.quota == Quota(most=1000, sent=100, threshold=0.8)
    assert report.drains == {PRIORITY: Drain(0.0), BULK: Drain(0.0)}
    assert (report.throttled_to, report.ses) == (1.0, SES)


def test_the_lanes_drain_at_the_allowed_rate() -> None:
    world = World()
    world.waiting = {
        PRIORITY: Waiting(ready=7, deferred=0, at_work=0),
        BULK: Waiting(ready=10, deferred=2, at_work=2),
    }

    assert world.reporter.report(NOW).drains == {PRIORITY: Drain(1.0), BULK: Drain(3.0)}


def test_the_speed_is_what_ses_accepted_on_average_in_the_thirty_seconds_before_this_one() -> None:
    world = World()
    second = int(NOW)
    for number in (second - 31, second - 30, second - 1, second):
        world.rows[number] = Accepted(priority=6, bulk=30)

    assert world.reporter.report(NOW).speed == Speed(allowed=7, priority=0.4, bulk=2.0)


def test_a_paused_stream_holds_its_lane_while_mail_of_the_lane_is_deferred() -> None:
    world = World()
    pause = StreamPause(stream="marketing", since=NOW - 60, by="ann")
    world.pauses = {"marketing": pause}
    world.waiting[BULK] = Waiting(ready=0, deferred=200, at_work=0)
    report = world.reporter.report(NOW)
    assert report.paused == (PausedStream(stream="marketing", pause=pause, is_refused=False),)
    assert report.drains == {PRIORITY: Drain(0.0), BULK: Drain(None, "pause of marketing")}

    world.waiting[BULK] = Waiting(ready=14, deferred=0, at_work=0)  # mail of the stream `default`, as far as is known
    assert world.reporter.report(NOW).drains[BULK] == Drain(2.0)


def test_a_pause_that_only_ses_knows_is_reported_too() -> None:
    world = World()
    world.ses = replace(SES, paused=("transactional", "default"))
    learned = StreamPause(stream="default", since=NOW - 60)
    world.pauses = {"default": learned}
    world.waiting[PRIORITY] = Waiting(ready=0, deferred=1, at_work=0)
    report = world.reporter.report(NOW)
    assert report.paused == (
        PausedStream(stream="transactional", pause=None, is_refused=True),
        PausedStream(stream="default", pause=learned, is_refused=True),
    )
    assert report.drains[PRIORITY] == Drain(None, "pause of transactional")


def test_a_paused_tenant_may_hold_mail_of_both_lanes() -> None:
    world = World()
    acme, zebra = (TenantPause(tenant=name, since=NOW, asked_at=NOW) for name in ("acme", "zebra"))
    world.tenants = {"zebra": zebra}
    world.waiting = {lane: Waiting(ready=0, deferred=3, at_work=0) for lane in (PRIORITY, BULK)}
    held = Drain(None, "pause of tenant zebra")
    assert world.reporter.report(NOW).drains == {PRIORITY: held, BULK: held}

    world.tenants["acme"] = acme
    world.pauses = {"marketing": StreamPause(stream="marketing", since=NOW - 60, by="ann")}
    report = world.reporter.report(NOW)
    assert report.paused_tenants == (acme, zebra)
    assert report.drains == {
        PRIORITY: Drain(None, "pause of 2 tenants"),
        BULK: Drain(None, "pause of marketing, 2 tenants"),
    }


def test_a_lowered_rate_is_reported() -> None:
    world = World()
    world.backoff = Backoff(0.5, NOW)
    report = world.reporter.report(NOW)

    assert (report.throttled_to, report.speed.allowed) == (0.5, 3.5)


def test_the_larger_count_of_sent_mail_is_reported() -> None:
    world = World()
    world.limits = AccountLimits(rate=14, most=1000, sent=100, since=50, read_at=NOW)
    assert world.reporter.report(NOW).quota.sent == 150

    world.limits = AccountLimits(rate=14, most=1000, sent=20, since=50, read_at=NOW)
    assert world.reporter.report(NOW).quota.sent == 100


def test_a_stopped_account_holds_the_lanes() -> None:
    world = World()
    world.ses = replace(SES, stopped="sending is paused for the account")
    world.waiting[BULK] = Waiting(ready=1, deferred=0, at_work=0)

    drains = world.reporter.report(NOW).drains
    assert drains == {PRIORITY: Drain(0.0), BULK: Drain(None, "sending is paused for the account")}


def test_ses_is_called_once_in_thirty_seconds() -> None:
    world = World()
    for seconds in (0, 2, 29.9):
        world.reporter.report(NOW + seconds)
    assert world.ses_calls == 1

    world.ses = replace(SES, rate=50)
    assert world.reporter.report(NOW + 30).ses.rate == 50
    assert world.ses_calls == 2
