"""Pausing a stream: SES refuses its mail, and the workers hold it, until an operator resumes it.

The configuration sets stop all mail, also what applications send straight to SES. The row that the workers read makes
the pause known at once, says who made it, and outlasts a deployment that turns a configuration set on again.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.mail.streams import STREAMS, configuration_set_of
from ses_stack.sending.limits.stream_pauses import StreamPause


class ConfigurationSets(Protocol):
    """SES's configuration sets, each with a switch for sending."""

    def is_sending(self, name: str) -> bool:
        """Whether SES accepts mail through the configuration set."""

    def set_sending(self, name: str, sending: bool) -> None:
        """Turns sending through the configuration set on or off."""


class PauseWriter(Protocol):
    """The row of the pauses, which the workers read."""

    def put(self, pause: StreamPause) -> None:
        """Pauses a stream for all workers."""

    def note_resumed(self, stream: str, at: float) -> None:
        """Notes for the guard that an operator resumes a stream."""

    def remove(self, stream: str) -> None:
        """Ends a stream's pause for all workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A stream that is to be paused or resumed.

    `pending` are the configuration sets that are not as wanted yet. `row_pending`: nor is the row of the pauses.
    """

    stream: str
    sending: bool
    configuration_sets: tuple[str, ...]
    pending: tuple[str, ...]
    row_pending: bool

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be changed."""
        return not (self.pending or self.row_pending)


def names_of(stream: str, *, stack: str, outputs: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a stream's configuration sets, by the outputs of the stack.

    The first is the stream's own. The second is for mail beyond the warm-up schedule, and may be absent.
    """
    title = stream.title()
    name = outputs.get(f"{title}ConfigurationSetName", configuration_set_of(stream, stack))
    shared = outputs.get(f"Shared{title}ConfigurationSetName")
    return (name, shared) if shared else (name,)


def plan(
    stream: str,
    names: Sequence[str],
    configuration_sets: ConfigurationSets,
    *,
    known: StreamPause | None,
    sending: bool,
) -> Switch:
    """Reads what must change for the stream to be resumed (`sending`) or paused. `known` is the workers' pause."""
    return Switch(
        stream=stream,
        sending=sending,
        configuration_sets=tuple(names),
        pending=tuple(name for name in names if configuration_sets.is_sending(name) is not sending),
        row_pending=known is not None if sending else known is None or known.by is None,
    )


def carry_out(switch: Switch, configuration_sets: ConfigurationSets, rows: PauseWriter, pause: StreamPause) -> None:
    """Changes what is pending. `pause` is the new pause, if it is one; its time is the operator's in both cases.

    The configuration sets come before the pause's row: a worker that finds no row asks SES, and must find what the
    operator wants. The guard turns a paused stream's configuration set off again, until it finds the operator's note:
    so that is written first, and the sets are looked at once more at the end.
    """
    if switch.sending:
        rows.note_resumed(switch.stream, pause.since)
    for name in switch.pending:
        configuration_sets.set_sending(name, switch.sending)
    if switch.row_pending and switch.sending:
        rows.remove(switch.stream)
        for name in switch.configuration_sets:
            if not configuration_sets.is_sending(name):
                configuration_sets.set_sending(name, True)
    elif switch.row_pending:
        rows.put(pause)


def is_sending(names: Sequence[str], configuration_sets: ConfigurationSets) -> bool:
    """Whether SES accepts mail of a stream, through any of its configuration sets."""
    return any(configuration_sets.is_sending(name) for name in names)


def paused_streams(configuration_sets: ConfigurationSets, *, stack: str, outputs: Mapping[str, str]) -> tuple[str, ...]:
    """The streams whose mail SES refuses."""
    return tuple(
        stream
        for stream in STREAMS
        if not is_sending(names_of(stream, stack=stack, outputs=outputs), configuration_sets)
    )
