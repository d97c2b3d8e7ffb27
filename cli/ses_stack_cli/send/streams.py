"""`ses-stack pause` and `resume`: one kind of mail, stopped and started again.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ses_stack.mail.lanes import lane_of
from ses_stack.mail.streams import STREAMS, configuration_set_of
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

Stream = Annotated[str, typer.Argument(help=f"{', '.join(STREAMS[:-1])} or {STREAMS[-1]}.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]


@stack_options
def pause(
    stream: Stream,
    *,
    yes: Yes = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Stop sending one kind of mail. What is queued waits; other streams go on.

    Examples:
      ses-stack pause marketing
      ses-stack pause marketing --yes --json
    """
    _switch(stream, on=False, yes=yes, as_json=as_json, target=_target(stream, stack))


@stack_options
def resume(
    stream: Stream,
    *,
    yes: Yes = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Start sending one kind of mail again.

    Examples:
      ses-stack resume marketing
      ses-stack resume marketing --yes --json
    """
    _switch(stream, on=True, yes=yes, as_json=as_json, target=_target(stream, stack))


def is_sending(target: Target, stream: str) -> bool:
    """Whether SES takes mail of a stream, through any of its configuration sets."""
    return any(_sends(target, name) for name in _sets_of(target, stream))


def _sends(target: Target, configuration_set: str) -> bool:
    found = target.client("sesv2").get_configuration_set(ConfigurationSetName=configuration_set)
    return bool(found.get("SendingOptions", {}).get("SendingEnabled", True))


def _target(stream: str, stack: StackOptions) -> Target:
    if stream not in STREAMS:
        raise typer.BadParameter(f"{stream!r} is not a stream: {', '.join(STREAMS)}", param_hint="STREAM")
    return connect(stack)


def _switch(stream: str, *, on: bool, yes: bool, as_json: bool, target: Target) -> None:
    sets = _sets_of(target, stream)
    changed = [name for name in sets if _sends(target, name) is not on]
    if changed and not yes:
        typer.confirm(_question(target, stream, on), abort=True, err=True)
    for name in changed:
        target.client("sesv2").put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=on)
    if as_json:
        print_json(
            {
                "stream": stream,
                "configuration_sets": sets,
                "sending": is_sending(target, stream),
                "changed": bool(changed),
            }
        )
    else:
        print_note(
            _effect(target, stream, on)
            if changed
            else f"{stream} mail {'is being sent' if on else 'is paused'} already"
        )


def _question(target: Target, stream: str, on: bool) -> str:
    return f"{'Resume' if on else 'Pause'} {stream} mail of {target.stack}?"


def _effect(target: Target, stream: str, on: bool) -> str:
    if on:
        return f"{stream} mail is being sent again; what waits is tried within a quarter of an hour"
    others = ", ".join(each for each in STREAMS if each != stream)
    hours = json.loads(target.outputs.get("SendingPolicy", "{}")).get("deferral_hours", 72)
    return (
        f"{stream} mail is paused: what is queued waits in the {lane_of(stream)} lane, for {hours:g} hours at most. "
        f"{others} mail goes on; `ses-stack resume {stream}` undoes this"
    )


def _sets_of(target: Target, stream: str) -> list[str]:
    """A stream's configuration sets: its own, and the one for what is over the warm-up schedule, if there is one."""
    own = target.outputs.get(f"{stream.title()}ConfigurationSetName", configuration_set_of(stream, target.stack))
    shared = target.outputs.get(f"Shared{stream.title()}ConfigurationSetName")
    return [own, shared] if shared else [own]
