"""The suppression list of a stack, as the commands reach it."""

from __future__ import annotations

import getpass
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any

import typer

from ses_stack.aws.json_api import Calls
from ses_stack.mail.addresses import normalized
from ses_stack.suppression.adapters.account_list import AccountSuppressions
from ses_stack.suppression.adapters.account_turns import AccountTurns
from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.manual import Work
from ses_stack.suppression.policy import EVERYTHING, Policy, Reason, Suppression
from ses_stack_cli.dynamodb import dynamodb_calls
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

_PATIENCE_SECONDS = 60.0

Scope = Annotated[
    str, typer.Option("--scope", help="What is meant: * (all mail), a stream's name, or topic:NAME.", show_default=True)
]
By = Annotated[
    str | None, typer.Option("--by", help="Who says so. Without it: whoever is logged in.", show_default=False)
]


@dataclass(frozen=True)
class Suppressed:
    """A stack's suppression list, the rules it follows, and SES's own list."""

    target: Target

    @cached_property
    def policy(self) -> Policy:
        """The rules, as the stack was deployed with."""
        told = json.loads(self.target.output("SuppressionPolicy"))
        return Policy(**{name: value for name, value in told.items() if name != "sync"})

    @cached_property
    def synced(self) -> bool:
        """Whether the stack keeps SES's list too."""
        return bool(json.loads(self.target.output("SuppressionPolicy"))["sync"])

    @cached_property
    def table(self) -> SuppressionTable:
        """The table."""
        return SuppressionTable(self._calls, name=self._name, policy=self.policy)

    @cached_property
    def turns(self) -> AccountTurns:
        """Turns at SES's list, shared with the suppression writers."""
        return AccountTurns(self._calls, name=self._name)

    @cached_property
    def account(self) -> AccountSuppressions:
        """SES's list."""
        return AccountSuppressions(lambda: self.target.client("sesv2"))

    @cached_property
    def list(self) -> SuppressionList:
        """The list, to be read through."""
        return SuppressionList(self.target.client("dynamodb"), name=self._name)

    def work(self) -> Work:
        """What a change needs; it may take a minute."""
        return Work(table=self.table, policy=self.policy, until=deadline())

    @property
    def _name(self) -> str:
        return self.target.output("SuppressionTableName")

    @cached_property
    def _calls(self) -> Calls:
        return dynamodb_calls(self.target)


def suppressed(stack: StackOptions) -> Suppressed:
    """The suppression list of a stack."""
    return Suppressed(connect(stack))


def deadline() -> float:
    """A minute from now, as a `time.monotonic()`."""
    return time.monotonic() + _PATIENCE_SECONDS


def whoever(by: str | None) -> str:
    """Who is at the keyboard."""
    return by or getpass.getuser()


def line_document(line: Suppression) -> dict[str, Any]:
    """One line of the list as JSON, and as a line of an exported file."""
    end = line.expires_at
    return {
        "address": line.as_spelled,
        "recipient": line.recipient,
        "scope": line.scope,
        "reason": line.reason,
        "subtype": line.subtype,
        "event_time": line.event_time,
        "source": line.source,
        "message_id": line.message_id,
        "expires_at": None if end is None else f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def sentence(line: Suppression) -> str:
    """A line of the list in words."""
    cause = f" ({line.subtype})" if line.subtype else ""
    message = f", message {line.message_id}" if line.message_id else ""
    end = line_document(line)["expires_at"]
    until = f" until {end}" if end else " until it is lifted"
    return f"suppressed from {what_of(line.scope)}: {_WHY[line.reason]}{cause} of {line.event_time}{message};{until}"


_WHY = {
    Reason.BOUNCE: "a bounce",
    Reason.SOFT_BOUNCE: "soft bounces, the last",
    Reason.COMPLAINT: "a complaint",
    Reason.UNSUBSCRIBE: "an unsubscription",
    Reason.MANUAL: "an operator's word",
}


def what_of(scope: str) -> str:
    """A scope in words."""
    return "all mail" if scope == EVERYTHING else scope


def suppressions_of(target: Target, address: str) -> list[Suppression]:
    """What an address is suppressed from now; nothing in a stack that keeps no such list."""
    if "SuppressionTableName" not in target.outputs:
        return []
    recipient, now = normalized(address), time.time()
    found = Suppressed(target).table.current([recipient], until=deadline())
    return [line for line in found[recipient].suppressions.values() if line.active(now)] if recipient in found else []
