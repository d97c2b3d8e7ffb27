"""The guard's run, every minute: it reads what is known of the account and its streams, pauses what is critical, and
publishes metrics. What it cannot read is unknown: the guard makes no verdict of it, and no metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ses_stack.guard.figures import FigureRequest, StreamFigures, read_figures
from ses_stack.guard.health import AccountHealth
from ses_stack.guard.memory import GuardRecord
from ses_stack.guard.metrics import Metric, MetricLine
from ses_stack.guard.pausing import StreamGuard
from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.sent_mail import FollowedMail, follow_mail
from ses_stack.mail.streams import STREAMS

type Figures = Mapping[str, StreamFigures]
type Values = dict[Metric, float]


def watch(tools: GuardTools, policy: GuardPolicy) -> GuardReport:
    """Runs the guard once. Pauses come first: the rest is only looked at."""
    report = GuardReport()
    now = tools.now()
    record = report.attempt("the pauses", tools.store.record)
    figures = report.attempt("the counters", lambda: _figures(tools, policy, record, now)) or {}
    guard = StreamGuard(tools, policy, record, report, now.timestamp()) if record else None
    if guard:
        guard.run({stream: each.evidence for stream, each in figures.items()})
    account = report.attempt("the account", lambda: tools.account.health(now.timestamp()))
    values = _account_values(account) | _suppressed_values(figures)
    if record and guard:
        own = sum(each.evidence.day.sends for each in figures.values()) if figures else None
        seconds = policy.silent_seconds
        mail = follow_mail(tools, guard.memory, account, report, own=own, now=now.timestamp(), silent_seconds=seconds)
        values |= _mail_values(mail, is_remembered=_remember(tools, record, mail, report))
        values |= _last_send_values(mail, now.timestamp()) if policy.watches_last_send else {}
    oldest = report.attempt("the lanes", lambda: tools.lanes.oldest_seconds(now.timestamp()))
    values |= {Metric.OLDEST_REQUEST_AGE: oldest} if oldest is not None else {}
    lines = [MetricLine(values | {Metric.GUARD_RUNS: 1})]
    lines += [_stream_line(stream, figures.get(stream), guard) for stream in STREAMS]
    report.metrics = [line.document(stack=tools.stack, now=now.timestamp()) for line in lines if line.values]
    return report


def _figures(tools: GuardTools, policy: GuardPolicy, record: GuardRecord | None, now: datetime) -> Figures:
    return read_figures(tools.counters, [_request(stream, policy, record) for stream in STREAMS], now)


def _request(stream: str, policy: GuardPolicy, record: GuardRecord | None) -> FigureRequest:
    """What to read of a stream. A warning counts only where the guard does no more than warn."""
    if record is None:
        return FigureRequest(stream)
    moments = [record.known.resumed.get(stream)]
    if not policy.may_pause(stream):
        moments.append(record.memory.warned.get(stream))
    return FigureRequest(stream, [datetime.fromtimestamp(moment, UTC) for moment in moments if moment])


def _remember(tools: GuardTools, record: GuardRecord, mail: FollowedMail, report: GuardReport) -> bool:
    """Keeps the memory. False: another run did so meanwhile, and publishes the workers' counts."""
    return bool(report.attempt("the guard's memory", lambda: tools.store.remember(mail.memory, before=record.memory)))


def _account_values(account: AccountHealth | None) -> Values:
    if account is None:
        return {}
    values = {
        Metric.QUOTA_USED: account.quota_used,
        Metric.MAX_SEND_RATE: account.rate,
        Metric.SENDING_ENABLED: float(account.sending_enabled),
    }
    if account.enforcement is not None:
        values[Metric.ENFORCEMENT_STATUS] = float(account.enforcement)
    return values


def _suppressed_values(figures: Figures) -> Values:
    if not figures:
        return {}
    return {Metric.SUPPRESSED_BY_SES: sum(each.hour.suppression_list_bounces for each in figures.values())}


def _mail_values(mail: FollowedMail, *, is_remembered: bool) -> Values:
    values: Values = {}
    if mail.counts and is_remembered:
        values[Metric.SENDER_DEFERRALS] = mail.counts.deferrals
        values[Metric.SENDER_THROTTLES] = mail.counts.throttles
    if mail.silent is not None:
        values[Metric.EVENTS_SILENT] = float(mail.silent)
    return values


def _last_send_values(mail: FollowedMail, now: float) -> Values:
    """How long ago mail was sent; nothing before the first mail that the guard knows of."""
    sent_at = mail.memory.silence.sent_at
    return {} if sent_at is None else {Metric.SECONDS_SINCE_LAST_SEND: max(0.0, now - sent_at)}


def _stream_line(stream: str, figures: StreamFigures | None, guard: StreamGuard | None) -> MetricLine:
    values: Values = {}
    if figures:
        evidence = figures.evidence
        values[Metric.HARD_BOUNCE_RATE] = 100 * evidence.rate(Cause.HARD_BOUNCES).value
        values[Metric.COMPLAINT_RATE] = 100 * evidence.rate(Cause.COMPLAINTS).value
        values[Metric.SENDS] = evidence.day.sends
    if guard:
        values[Metric.STREAM_PAUSED] = float(stream in guard.pauses)
    return MetricLine(values, stream)
