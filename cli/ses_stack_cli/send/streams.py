"""`ses-stack streams`: each stream's rates, how it stands by them, and who paused it and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.guard.decisions import StreamHealth
from ses_stack.guard.policy import Cause, GuardPolicy
from ses_stack.guard.streams import StreamRate, StreamStatus, stream_statuses
from ses_stack.guard.wording import percent
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.adapters.configuration_sets import SesConfigurationSets
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.operations.pauses import paused_streams
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_table, print_text, printable
from ses_stack_cli.send.pause_words import minute, paused_by
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

_STYLES = {StreamHealth.CRITICAL: "bold red", StreamHealth.UNSURE: "yellow", StreamHealth.HEALTHY: "green"}


@stack_options
def streams(*, as_json: bool, stack: StackOptions) -> None:
    """Show each stream's bounces and complaints of the last day, and who paused it and why.

    Examples:
      ses-stack streams
      ses-stack streams --json
    """
    target = connect(stack)
    policy = GuardPolicy.read(target.outputs)
    found = statuses(target, policy)
    if as_json:
        print_json({"streams": [document(each) for each in found]})
        return
    print_table(("STREAM", "SENT", "HARD BOUNCES", "COMPLAINTS", "STATE"), [_row(each) for each in found])
    print_text(_thresholds(policy, found))
    for line in (line for each in found for line in _lines(each)):
        print_text(printable(line, "yellow"))


def statuses(target: Target, policy: GuardPolicy) -> list[StreamStatus]:
    """The streams of a stack, as they are now."""
    dynamodb = target.client("dynamodb")
    refused = paused_streams(SesConfigurationSets(target.client("sesv2")), stack=target.stack, outputs=target.outputs)
    return stream_statuses(
        StatisticsReader(SdkCalls(dynamodb), name=target.output("StatisticsTableName")),
        SendTableReader(dynamodb, name=target.output("SendTableName")).known(),
        refused=refused,
        policy=policy,
        now=datetime.now(UTC),
    )


def document(status: StreamStatus) -> dict[str, Any]:
    """A stream as JSON: a contract, to which keys may be added. Rates are fractions."""
    pause = status.pause
    return {
        "stream": status.stream,
        "sends": status.sends,
        "hard_bounces": _rate_document(status.hard_bounces),
        "complaints": _rate_document(status.complaints),
        "guard": "pauses" if status.guard_pauses else "warns",
        "ses_refuses": status.is_refused,
        "pause": {
            "since": epoch_utc_milliseconds(pause.since),
            "by": pause.by,
            "reason": pause.reason or None,
        }
        if pause
        else None,
        "resumed_at": epoch_utc_milliseconds(status.resumed_at) if status.resumed_at else None,
    }


def _rate_document(rate: StreamRate) -> dict[str, Any]:
    return {
        "count": rate.rate.count,
        "volume": rate.rate.volume,
        "rate": round(rate.rate.value, 6),
        "lower": round(rate.rate.lower, 6),
        "upper": round(rate.rate.upper, 6),
        "threshold": round(rate.threshold, 6),
        "health": rate.health.value,
    }


def _row(status: StreamStatus) -> list[Text | str]:
    state = "paused" if status.pause or status.is_refused else "sending"
    rates = [_cell(rate) for rate in (status.hard_bounces, status.complaints)]
    return [status.stream, f"{status.sends:,}", *rates, Text(state, "bold red" if state == "paused" else "")]


def _cell(rate: StreamRate) -> Text:
    """`0.4% (20), critical`. Without mail there is no rate."""
    if not rate.rate.volume:
        return Text("-")
    text = f"{percent(rate.rate.value)} ({rate.rate.count:,} of {rate.rate.volume:,})"
    note = "" if rate.health is StreamHealth.HEALTHY else f", {rate.health.value}"
    return Text(text + note, _STYLES[rate.health])


def _thresholds(policy: GuardPolicy, found: list[StreamStatus]) -> str:
    warned = [each.stream for each in found if not each.guard_pauses]
    effect = "the guard pauses a stream that is critical beyond doubt"
    if warned:
        effect += f", and only warns about {', '.join(warned)}"
    return (
        f"critical is above {percent(policy.threshold(Cause.HARD_BOUNCES))} hard bounces "
        f"or {percent(policy.threshold(Cause.COMPLAINTS))} complaints; {effect}"
    )


def _lines(status: StreamStatus) -> list[str]:
    """What an operator should know of a stream besides its rates."""
    lines = []
    if status.pause and status.pause.by:
        lines.append(f"paused {status.stream} {paused_by(status.pause)}; `ses-stack resume {status.stream}` ends it")
    elif status.pause or status.is_refused:
        lines.append(f"paused {status.stream} by SES: its configuration set does not send")
    if status.resumed_at and not status.pause:
        lines.append(
            f"resumed {status.stream} at {minute(status.resumed_at)}: the guard judges it by what came after that"
        )
    return lines
