"""Options that several commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ses_stack.mail.event_types import EventType

StackName = Annotated[
    str | None,
    typer.Option(
        "--stack-name",
        envvar="SES_STACK_NAME",
        help="A deployed stack. Without it: the local cloud.",
        show_default=False,
    ),
]
Profile = Annotated[
    str | None, typer.Option("--profile", help="AWS profile of the deployed stack.", show_default=False)
]
Region = Annotated[str | None, typer.Option("--region", help="AWS region of the deployed stack.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type", "-t", help="Only this event type, in any of SES's spellings. Repeatable.", show_default=False
    ),
]
QueueName = Annotated[
    str | None,
    typer.Argument(metavar="QUEUE", help="One dead-letter queue, such as event. Without it: all.", show_default=False),
]
Cause = Annotated[
    str | None, typer.Option("--cause", help="Only letters whose cause contains this text.", show_default=False)
]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# What EventBridge calls an event, https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
_DETAIL_TYPES = {
    "emailsent": EventType.SEND,
    "emaildelivered": EventType.DELIVERY,
    "emailbounced": EventType.BOUNCE,
    "emailcomplaintreceived": EventType.COMPLAINT,
    "emailrejected": EventType.REJECT,
    "emailopened": EventType.OPEN,
    "emailclicked": EventType.CLICK,
    "emailrenderingfailed": EventType.RENDERING_FAILURE,
    "emaildeliverydelayed": EventType.DELIVERY_DELAY,
    "emailsubscribed": EventType.SUBSCRIPTION,
}


def event_types(names: list[str] | None) -> frozenset[EventType]:
    """The types that the names mean. Ends the command with a usage error for a name that means none."""
    return frozenset(_event_type(name) for name in names or ())


def moment(text: str, now: datetime) -> datetime:
    """`90s`, `15m`, `1h`, `2d`, `1w` before now, or an ISO-8601 time, in UTC unless it says otherwise."""
    if age := re.fullmatch(r"(\d{1,6})([smhdw])", text.strip().lower()):
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither an age such as 15m, 1h or 2d, nor an ISO-8601 time", param_hint="--since"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _event_type(name: str) -> EventType:
    plain = re.sub(r"[\s_-]", "", name).lower()
    kind = _DETAIL_TYPES.get(plain) or EventType.spelled(plain)
    if kind is EventType.UNKNOWN and plain != EventType.UNKNOWN:
        raise typer.BadParameter(f"{name!r} is not an event type: {', '.join(EventType)}", param_hint="--type")
    return kind
