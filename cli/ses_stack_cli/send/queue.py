"""`ses-stack queue`: the mail that waits to be sent, the rate, the quota, and when the lanes will be empty."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from ses_stack.mail.lanes import BULK, PRIORITY
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.adapters.configuration_sets import SesConfigurationSets
from ses_stack.sending.adapters.lane_depths import SqsLaneDepths
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.adapters.ses_status import read_ses_status
from ses_stack.sending.operations.backlog import Quota, Waiting
from ses_stack.sending.operations.pauses import paused_streams
from ses_stack.sending.operations.policy import SendingPolicy
from ses_stack.sending.operations.queue_report import PausedStream, QueueReport, QueueReporter, SesStatus
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import counted, print_json, print_json_line, print_table, print_text, printable
from ses_stack_cli.send.pause_words import minute, paused_by
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

_WATCH_SECONDS = 2.0
_MOST_TENANTS = 10


@stack_options
def queue(
    *,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Repeat every 2 seconds; Ctrl-C ends it.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show the mail in the lanes, the rate, the rest of the quota, and when the lanes will be empty.

    Examples:
      ses-stack queue
      ses-stack queue --watch
      ses-stack queue --json
    """
    reporter = reporter_of(connect(stack))
    if not watch:
        report = reporter.report(time.time())
        print_json(document(report)) if as_json else _print(report)
        return
    while True:
        report = reporter.report(time.time())
        if as_json:
            print_json_line(document(report))
        else:
            print_text(Text(f"{datetime.now(UTC):%H:%M:%S} UTC", "bold"))
            _print(report)
            print_text()
        time.sleep(_WATCH_SECONDS)


def reporter_of(target: Target) -> QueueReporter:
    """The reporter of a stack. Raises `TargetError` if the stack has no sender."""
    ses = target.client("sesv2")
    configuration_sets = SesConfigurationSets(ses)

    def ask_ses() -> SesStatus:
        return read_ses_status(ses, paused_streams(configuration_sets, stack=target.stack, outputs=target.outputs))

    urls = {PRIORITY: target.output("PriorityQueueUrl"), BULK: target.output("BulkQueueUrl")}
    return QueueReporter(
        lanes=SqsLaneDepths(target.client("sqs"), target.client("cloudwatch"), urls),
        rows=SendTableReader(target.client("dynamodb"), name=target.output("SendTableName")),
        ask_ses=ask_ses,
        policy=SendingPolicy.read(target.outputs),
    )


def document(report: QueueReport) -> dict[str, Any]:
    """A report as JSON: a contract, to which keys may be added."""
    return {
        "lanes": [
            {
                "lane": lane,
                "ready": waiting.ready,
                "deferred": waiting.deferred,
                "at_work": waiting.at_work,
                "oldest_seconds": waiting.oldest,
                "sent_per_second": getattr(report.speed, lane),
                "empty_in_seconds": report.drains[lane].seconds,
                "held_by": report.drains[lane].held_by,
            }
            for lane, waiting in report.lanes.items()
        ],
        "rate": {
            "account": report.ses.rate,
            "allowed": round(report.speed.allowed, 3),
            "sent": report.speed.priority + report.speed.bulk,
            "throttled_to": round(report.throttled_to, 3),
        },
        "quota": {
            "most": report.quota.most,
            "sent": report.quota.sent,
            "left": None if report.quota.most < 0 else report.quota.left,
            "left_for_bulk": None if report.quota.most < 0 else report.quota.left_for_bulk,
        },
        "stopped": report.ses.stopped,
        "paused_streams": [each.stream for each in report.paused],
        "pauses": [_pause_document(each, report) for each in report.paused],
        "paused_tenants": [
            {"tenant": each.tenant, "since": epoch_utc_milliseconds(each.since), "cause": each.cause}
            for each in report.paused_tenants
        ],
    }


def _pause_document(paused: PausedStream, report: QueueReport) -> dict[str, Any]:
    """`held_at_most`: SQS does not count by stream, so this counts all deferred messages of the lane."""
    pause = paused.pause
    return {
        "stream": paused.stream,
        "since": epoch_utc_milliseconds(pause.since) if pause else None,
        "by": pause.by if pause else None,
        "reason": (pause.reason or None) if pause else None,
        "ses_refuses": paused.is_refused,
        "lane": paused.lane,
        "held_at_most": report.lanes[paused.lane].deferred,
    }


def _print(report: QueueReport) -> None:
    print_table(
        ("LANE", "READY", "DEFERRED", "AT WORK", "OLDEST", "GOING OUT", "EMPTY IN"),
        [_row(lane, waiting, report) for lane, waiting in report.lanes.items()],
    )
    rate, speed = report.ses.rate, report.speed
    throttled = f", lowered to {report.throttled_to:.0%} after throttle answers" if report.throttled_to < 1 else ""
    print_text(f"rate   {speed.allowed:,.1f} recipients a second of SES's {rate:,.1f}{throttled}")
    print_text(f"quota  {_quota(report.quota)}")
    if report.ses.stopped:
        print_text(printable(f"SES    {report.ses.stopped}", "bold red"))
    for paused in report.paused:
        print_text(printable(_pause_line(paused, report.lanes[paused.lane].deferred), "yellow"))
    for line in _tenant_lines(report):
        print_text(printable(line, "yellow"))


def _tenant_lines(report: QueueReport) -> Iterator[str]:
    """A line for each of the first paused tenants. Their mail may be in both lanes."""
    held = sum(waiting.deferred for waiting in report.lanes.values())
    for pause in report.paused_tenants[:_MOST_TENANTS]:
        yield (
            f"paused tenant {pause.tenant} by SES since {minute(pause.since)}:"
            f" it holds {counted(held, 'deferred message')} at most; "
            "its mail goes out within minutes after SES has enabled it"
        )
    if (more := len(report.paused_tenants) - _MOST_TENANTS) > 0:
        yield f"and {counted(more, 'more tenant')}; `ses-stack queue --json` names all"


def _row(lane: str, waiting: Waiting, report: QueueReport) -> Sequence[Text | str]:
    drain = report.drains[lane]
    # SQS does not say when a deferred message can be received again.
    least = "at least " if waiting.deferred else ""
    empty = f"held by {drain.held_by}" if drain.seconds is None else least + duration(drain.seconds)
    return [
        lane,
        f"{waiting.ready:,}",
        f"{waiting.deferred:,}",
        f"{waiting.at_work:,}",
        "-" if waiting.oldest is None else duration(waiting.oldest),
        f"{getattr(report.speed, lane):,.1f}/s",
        empty,
    ]


def _pause_line(paused: PausedStream, deferred: int) -> str:
    stream, pause = paused.stream, paused.pause
    parts = [f"paused {stream}"]
    if paused.is_refused and not (pause and pause.by):
        parts.append("by SES: its configuration set does not send")
    if pause:
        parts.append(paused_by(pause))
    held = f"it holds {counted(deferred, 'deferred message')} of the {paused.lane} lane at most"
    line = f"{' '.join(parts)}: {held}; `ses-stack resume {stream}` releases them"
    if pause and pause.by and not paused.is_refused:
        line += f". SES accepts what applications send straight to it: `ses-stack pause {stream}` stops that too"
    return line


def _quota(quota: Quota) -> str:
    if quota.most < 0:
        return f"no limit; {quota.sent:,.0f} sent in the last 24 hours"
    return (
        f"{quota.left:,.0f} of {quota.most:,.0f} recipients in 24 hours left; "
        f"bulk mail waits from {quota.threshold * quota.most:,.0f} sent"
    )


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `1 h 05 min`, `2 d 3 h`."""
    whole = math.ceil(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"
