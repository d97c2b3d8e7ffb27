"""Options that several commands share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import zone_or_utc
from ses_stack_cli.completion import complete_dead_letter_queue, complete_event_type
from ses_stack_cli.stack_options import StackOptions

type Command = Callable[..., None]

_AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
_STACK_NAME = Annotated[
    str | None,
    typer.Option(
        "--stack-name",
        envvar="SES_STACK_NAME",
        help="A deployed stack. Without it: the local cloud.",
        show_default=False,
    ),
]
_PROFILE = Annotated[
    str | None, typer.Option("--profile", help="AWS profile of the deployed stack.", show_default=False)
]
_REGION = Annotated[str | None, typer.Option("--region", help="AWS region of the deployed stack.", show_default=False)]


def file_path(text: str) -> Path:
    """A file that an argument names. Ends the command with a usage error for an empty text: `Path` makes `.` of it."""
    if not text:
        raise typer.BadParameter("the file's name is empty")
    return Path(text)


def some_text(text: str) -> str:
    """A text that is not empty: an empty --cause would choose every letter."""
    if not text.strip():
        raise typer.BadParameter("it is empty")
    return text


# The options of one parameter: name, annotation and default of each.
type Declared = tuple[tuple[str, Any, object], ...]
_JSON_OPTION: Declared = (("as_json", _AS_JSON, False),)
_STACK_OPTIONS: Declared = (
    ("stack_name", _STACK_NAME, None),
    ("profile", _PROFILE, None),
    ("region", _REGION, None),
)

Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        "-t",
        help="Only this event type, in any of SES's spellings. Repeatable.",
        show_default=False,
        autocompletion=complete_event_type,
    ),
]
QueueName = Annotated[
    str | None,
    typer.Argument(
        metavar="QUEUE",
        help="One dead-letter queue, such as event. Without it: all.",
        show_default=False,
        autocompletion=complete_dead_letter_queue,
    ),
]
Cause = Annotated[
    str | None,
    typer.Option("--cause", parser=some_text, help="Only letters whose cause contains this text.", show_default=False),
]

# Python reads no number of more than 4,300 digits. An age of that many is beyond any calendar.
_MOST_AGE_DIGITS = 4000
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK_SKEW = timedelta(minutes=5)
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


def stack_options(command: Command) -> Command:
    """Declares --json, --stack-name, --profile and --region. The command receives them as `as_json` and `stack`."""

    @wraps(command)
    def run(
        *arguments: Any,
        as_json: bool = False,
        stack_name: str | None = None,
        profile: str | None = None,
        region: str | None = None,
        **options: Any,
    ) -> None:
        _check_named({"--stack-name": stack_name, "--profile": profile, "--region": region})
        stack = StackOptions(stack_name=stack_name, profile=profile, region=region)
        command(*arguments, **options, as_json=as_json, stack=stack)

    return declare(run, command, {"as_json": _JSON_OPTION, "stack": _STACK_OPTIONS})


def json_option(command: Command) -> Command:
    """Declares --json. The command receives its value as `as_json`."""

    @wraps(command)
    def run(*arguments: Any, as_json: bool = False, **options: Any) -> None:
        command(*arguments, **options, as_json=as_json)

    return declare(run, command, {"as_json": _JSON_OPTION})


def event_types(names: list[str] | None) -> frozenset[EventType]:
    """The types that the names mean. Ends the command with a usage error for a name that means none."""
    return frozenset(_event_type(name) for name in names or ())


def moment(text: str, now: datetime) -> datetime:
    """`90s`, `15m`, `1h`, `2d`, `1w` before now, or a past ISO-8601 time, in UTC unless it says otherwise."""
    try:
        if age := re.fullmatch(r"(\d+)([smhdw])", text.strip().lower(), re.ASCII):
            return now - timedelta(**{_UNITS[age[2]]: int(age[1][:_MOST_AGE_DIGITS])})
        time = zone_or_utc(datetime.fromisoformat(text.strip())).astimezone(UTC)
        if time <= now + _CLOCK_SKEW:
            return time
        problem = f"{text!r} is in the future"
    except ValueError:
        problem = f"{text!r} is neither an age such as 15m, 1h or 2d, nor an ISO-8601 time"
    except OverflowError:
        problem = "that is before the year 1 or after the year 9999"
    raise typer.BadParameter(problem, param_hint="--since")


def declare(run: Command, command: Command, options: Mapping[str, Declared]) -> Command:
    """Gives `run` the parameters of `command`, with options in the place of the parameters that they make up.

    Typer reads a function's signature and annotations.
    """
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        for name, annotation, default in options.get(
            parameter.name, ((parameter.name, parameter.annotation, parameter.default),)
        ):
            parameters.append(inspect.Parameter(name, keyword, default=default, annotation=annotation))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _check_named(values: Mapping[str, str | None]) -> None:
    """Refuses empty values, such as "$STACK" of a variable that is not set: the command would use the local cloud."""
    for option, value in values.items():
        if value is not None and not value.strip():
            raise typer.BadParameter("it is empty", param_hint=option)


def _event_type(name: str) -> EventType:
    plain = re.sub(r"[\s_-]", "", name).lower()
    kind = _DETAIL_TYPES.get(plain) or EventType.from_name(plain)
    if kind is EventType.UNKNOWN and plain != EventType.UNKNOWN:
        raise typer.BadParameter(f"{name!r} is not an event type: {', '.join(EventType)}", param_hint="--type")
    return kind
