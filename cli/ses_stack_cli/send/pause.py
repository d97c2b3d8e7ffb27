"""`ses-stack pause` and `resume`: stop sending one stream, and start again."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.mail.lanes import lane_of
from ses_stack.mail.streams import STREAMS
from ses_stack.sending.adapters.configuration_sets import SesConfigurationSets
from ses_stack.sending.adapters.pauses import OperatorPauses
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.limits.stream_pauses import GUARD, StreamPause
from ses_stack.sending.operations.pauses import Switch, carry_out, is_sending, names_of, plan
from ses_stack.sending.operations.policy import SendingPolicy
from ses_stack_cli.completion import complete_stream
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note
from ses_stack_cli.send.pause_words import paused_by
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

Stream = Annotated[
    str,
    typer.Argument(
        metavar="STREAM",
        help=f"{', '.join(STREAMS[:-1])} or {STREAMS[-1]}.",
        show_default=False,
        autocompletion=complete_stream,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for other operators: `ses-stack queue` shows it.")]
_LONGEST_REASON = 200


@stack_options
def pause(
    stream: Stream,
    *,
    reason: Reason = "",
    yes: Yes = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Stop sending one stream. Its queued mail waits; other streams go on.

    Examples:
      ses-stack pause marketing
      ses-stack pause marketing \\
        --reason "wrong link in the campaign"
      ses-stack pause marketing --yes --json
    """
    if len(reason) > _LONGEST_REASON:
        raise typer.BadParameter(f"longer than {_LONGEST_REASON} characters", param_hint="--reason")
    _run(_target(stream, stack), stream, sending=False, reason=reason, yes=yes, as_json=as_json)


@stack_options
def resume(
    stream: Stream,
    *,
    yes: Yes = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Start sending a paused stream again.

    Examples:
      ses-stack resume marketing
      ses-stack resume marketing --yes --json
    """
    _run(_target(stream, stack), stream, sending=True, reason="", yes=yes, as_json=as_json)


def _target(stream: str, stack: StackOptions) -> Target:
    if stream not in STREAMS:
        raise typer.BadParameter(f"{stream!r} is not a stream: {', '.join(STREAMS)}", param_hint="STREAM")
    return connect(stack)


def _run(target: Target, stream: str, *, sending: bool, reason: str, yes: bool, as_json: bool) -> None:
    configuration_sets = SesConfigurationSets(target.client("sesv2"))
    dynamodb, table = target.client("dynamodb"), target.output("SendTableName")
    known = SendTableReader(dynamodb, name=table).known().pauses.get(stream)
    names = names_of(stream, stack=target.stack, outputs=target.outputs)
    switch = plan(stream, names, configuration_sets, known=known, sending=sending)
    if not switch.is_done and not yes:
        if known and known.by:
            print_note(f"{stream} mail is paused {paused_by(known)}")
        typer.confirm(f"{'Resume' if sending else 'Pause'} {stream} mail of {target.stack}?", abort=True, err=True)
    if not switch.is_done:
        new = StreamPause(stream=stream, since=time.time(), by=_operator(target), reason=reason)
        carry_out(switch, configuration_sets, OperatorPauses(dynamodb, name=table), new)
    if as_json:
        _print_json(switch, is_sending(names, configuration_sets))
    else:
        print_note(_effect(switch, known, SendingPolicy.read(target.outputs)))


def _operator(target: Target) -> str:
    """The caller's ARN, from STS. A pause does not fail where STS cannot be reached: it then names no one."""
    try:
        return str(target.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return "an operator"


def _print_json(switch: Switch, sending: bool) -> None:
    print_json(
        {
            "stream": switch.stream,
            "configuration_sets": list(switch.configuration_sets),
            "sending": sending,
            "changed": not switch.is_done,
        }
    )


def _effect(switch: Switch, known: StreamPause | None, policy: SendingPolicy) -> str:
    stream = switch.stream
    if switch.is_done and switch.sending:
        return f"{stream} mail is being sent already"
    if switch.is_done:
        return f"{stream} mail is paused already{f', {paused_by(known)}' if known else ''}"
    if switch.sending:
        sent = f"{stream} mail is being sent again; queued mail is tried within 15 minutes"
        judged = "; the guard judges it by the bounces and complaints from now on"
        return sent + (judged if known and known.by == GUARD else "")
    others = " and ".join(each for each in STREAMS if each != stream)
    return (
        f"{stream} mail is paused: queued mail waits in the {lane_of(stream)} lane, "
        f"for {policy.deferral_hours:g} hours at most. {others} mail is sent as before; `ses-stack resume {stream}` "
        "undoes this"
    )
