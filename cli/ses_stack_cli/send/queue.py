"""`ses-stack queue`: what waits to be sent, how fast it goes, and when it will be gone."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from ses_stack.mail.lanes import BULK, PRIORITY
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.backlog import Drain, Quota, Speed, Waiting, drains
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_json_line, print_table, print_text, printable
from ses_stack_cli.send.streams import is_sending
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

_LANES = {PRIORITY: "PriorityQueueUrl", BULK: "BulkQueueUrl"}
# How far back the rate is measured. A slot may be taken two seconds ahead, so the last second is still filling.
_MEASURED_SECONDS = 10
_WATCH_SECONDS = 2.0
# SES's control plane answers about one call a second.
_ASK_SES_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ses:
    """What SES says of the account. `rate` and `quota` are recipients a second and in 24 hours."""

    rate: float
    most: float
    sent: float
    stopped: str | None
    paused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All of it, at one moment."""

    lanes: dict[str, Waiting]
    drains: dict[str, Drain]
    speed: Speed
    quota: Quota
    throttled_to: float
    ses: Ses


@stack_options
def queue(
    *,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every 2 seconds; Ctrl-C ends it.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show what waits in the lanes, how fast it goes out, what the quota leaves, and when the lanes will be empty.

    Examples:
      ses-stack queue
      ses-stack queue --watch
      ses-stack queue --json
    """
    target = connect(stack)
    reader = Reader(target)
    if not watch:
        found = reader.read(time.time())
        print_json(document(found)) if as_json else _print(found)
        return
    while True:
        found = reader.read(time.time())
        if as_json:
            print_json_line(document(found))
        else:
            print_text(Text(f"{datetime.now(UTC):%H:%M:%S} UTC", "bold"))
            _print(found)
            print_text()
        time.sleep(_WATCH_SECONDS)


class Reader:
    """Reads one stack, again and again; SES is asked less often than the rest."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._table = SendTableReader(target.client("dynamodb"), name=target.output("SendTableName"))
        self._sqs, self._cloudwatch = target.client("sqs"), target.client("cloudwatch")
        self._urls = {lane: target.output(output) for lane, output in _LANES.items()}
        self._safety, self._threshold = _decided(target)
        self._ses: tuple[float, Ses] | None = None

    def read(self, now: float) -> Reading:
        """Everything, at this moment."""
        if self._ses is None or now >= self._ses[0] + _ASK_SES_SECONDS:
            self._ses = now, _ask_ses(self._target)
        ses = self._ses[1]
        known, backoff = self._table.account()
        lanes = {lane: self._waiting(url, now) for lane, url in self._urls.items()}
        speed = self._speed(now, ses.rate * self._safety * backoff.now(now))
        counted = known.sent + known.since if known else 0.0
        quota = Quota(most=ses.most, sent=max(ses.sent, counted), threshold=self._threshold)
        first, second = drains(lanes[PRIORITY], lanes[BULK], speed, quota, stopped=ses.stopped)
        return Reading(
            lanes=lanes,
            drains={PRIORITY: first, BULK: second},
            speed=speed,
            quota=quota,
            throttled_to=backoff.now(now),
            ses=ses,
        )

    def _waiting(self, url: str, now: float) -> Waiting:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
        at_work = "ApproximateNumberOfMessagesNotVisible"
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*names, at_work])["Attributes"]
        waiting = Waiting(ready=int(told[names[0]]), deferred=int(told[names[1]]), at_work=int(told[at_work]))
        if not waiting.all:
            return waiting
        return Waiting(
            ready=waiting.ready, deferred=waiting.deferred, at_work=waiting.at_work, oldest=self._oldest(url, now)
        )

    def _oldest(self, url: str, now: float) -> float | None:
        """The age of the oldest message, a minute old itself; None where CloudWatch does not say."""
        end = datetime.fromtimestamp(now, UTC)
        try:
            points = self._cloudwatch.get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": url.rsplit("/", 1)[-1]}],
                StartTime=end - timedelta(minutes=5),
                EndTime=end,
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]
        except (BotoCoreError, ClientError):
            return None
        newest = max(points, key=lambda point: point["Timestamp"], default=None)
        return None if newest is None else float(newest["Maximum"])

    def _speed(self, now: float, allowed: float) -> Speed:
        windows = self._table.windows(range(int(now) - _MEASURED_SECONDS, int(now)))
        return Speed(
            allowed=allowed,
            priority=sum(window.priority for window in windows) / _MEASURED_SECONDS,
            bulk=sum(window.bulk for window in windows) / _MEASURED_SECONDS,
        )


def document(found: Reading) -> dict[str, Any]:
    """A reading as JSON."""
    return {
        "lanes": [
            {
                "lane": lane,
                "ready": waiting.ready,
                "deferred": waiting.deferred,
                "at_work": waiting.at_work,
                "oldest_seconds": waiting.oldest,
                "sent_per_second": getattr(found.speed, lane),
                "empty_in_seconds": found.drains[lane].seconds,
                "held_by": found.drains[lane].held_by,
            }
            for lane, waiting in found.lanes.items()
        ],
        "rate": {
            "account": found.ses.rate,
            "allowed": round(found.speed.allowed, 3),
            "sent": found.speed.priority + found.speed.bulk,
            "throttled_to": round(found.throttled_to, 3),
        },
        "quota": {
            "most": found.quota.most,
            "sent": found.quota.sent,
            "left": None if found.quota.most < 0 else found.quota.left,
            "left_for_bulk": None if found.quota.most < 0 else found.quota.left_for_bulk,
        },
        "stopped": found.ses.stopped,
        "paused_streams": list(found.ses.paused),
    }


def _print(found: Reading) -> None:
    print_table(
        ("LANE", "READY", "DEFERRED", "AT WORK", "OLDEST", "GOING OUT", "EMPTY IN"),
        [_row(lane, waiting, found) for lane, waiting in found.lanes.items()],
    )
    rate, speed = found.ses.rate, found.speed
    throttled = f", lowered to {found.throttled_to:.0%} after a throttle answer" if found.throttled_to < 1 else ""
    print_text(f"rate   {speed.allowed:,.1f} recipients a second of SES's {rate:,.1f}{throttled}")
    print_text(f"quota  {_quota(found.quota)}")
    if found.ses.stopped:
        print_text(printable(f"SES    {found.ses.stopped}", "bold red"))
    if found.ses.paused:
        print_text(printable(f"paused {', '.join(found.ses.paused)}: `ses-stack resume STREAM`", "yellow"))


def _row(lane: str, waiting: Waiting, found: Reading) -> Sequence[Text | str]:
    drain = found.drains[lane]
    empty = f"held by {drain.held_by}" if drain.seconds is None else duration(drain.seconds)
    return [
        lane,
        f"{waiting.ready:,}",
        f"{waiting.deferred:,}",
        f"{waiting.at_work:,}",
        "-" if waiting.oldest is None else duration(waiting.oldest),
        f"{getattr(found.speed, lane):,.1f}/s",
        empty,
    ]


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


def _ask_ses(target: Target) -> Ses:
    account = target.client("sesv2").get_account()
    quota = account.get("SendQuota", {})
    return Ses(
        rate=float(quota.get("MaxSendRate", 0)) or 1.0,
        most=float(quota.get("Max24HourSend", -1)),
        sent=float(quota.get("SentLast24Hours", 0)),
        stopped=_stopped(account),
        paused=tuple(stream for stream in STREAMS if not is_sending(target, stream)),
    )


def _stopped(account: Any) -> str | None:
    if account.get("EnforcementStatus") == "SHUTDOWN":
        return "AWS has shut down sending for the account"
    if account.get("SendingEnabled") is False:
        return "sending is paused for the account"
    return None


def _decided(target: Target) -> tuple[float, float]:
    """What the operator decided when deploying: the rate's safety factor, and the bulk lane's share of the quota."""
    policy = json.loads(target.outputs.get("SendingPolicy", "{}"))
    return float(policy.get("safety", 1.0)), float(policy.get("threshold", 0.9))
