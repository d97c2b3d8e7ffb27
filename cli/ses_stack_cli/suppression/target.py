"""A stack's suppression list and SES's account-level list, as the commands reach them."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ses_stack.aws.json_api import Calls
from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.mail.addresses import address_key
from ses_stack.suppression.account.both_lists import BothLists
from ses_stack.suppression.adapters.account_list import SesAccountList
from ses_stack.suppression.adapters.account_turns import AccountTurnsTable
from ses_stack.suppression.adapters.history import DeliveryHistory
from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy, Suppression
from ses_stack_cli.dynamodb import dynamodb_calls
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import Target, connect

_STEP_SECONDS = 60.0


@dataclass(frozen=True)
class StackSuppression:
    """The suppression list of a stack, its policy, and SES's list."""

    target: Target

    @cached_property
    def policy(self) -> Policy:
        """The policy with which the stack was deployed."""
        settings = json.loads(self.target.output("SuppressionPolicy"))
        return Policy(**{name: value for name, value in settings.items() if name != "sync"})

    @cached_property
    def syncs_account_list(self) -> bool:
        """Whether the stack changes SES's list too."""
        return bool(json.loads(self.target.output("SuppressionPolicy"))["sync"])

    @cached_property
    def lists(self) -> BothLists:
        """Both lists, to be changed. Each step may take a minute."""
        return BothLists(table=self.table, policy=self.policy, account=self.account, deadline=deadline)

    @cached_property
    def table(self) -> SuppressionTable:
        """The table."""
        history = DeliveryHistory(self._calls, name=self.target.output("EventTableName"))
        return SuppressionTable(self._calls, name=self._name, policy=self.policy, history=history)

    @cached_property
    def turns(self) -> AccountTurnsTable:
        """Turns at SES's list, shared with the suppression writers."""
        return AccountTurnsTable(self._calls, name=self._name)

    @cached_property
    def account(self) -> SesAccountList:
        """SES's list."""
        return SesAccountList(SdkSes(self.target.client("sesv2")))

    @cached_property
    def reader(self) -> SuppressionList:
        """The whole list, to be read."""
        return SuppressionList(self.target.client("dynamodb"), name=self._name)

    @property
    def _name(self) -> str:
        return self.target.output("SuppressionTableName")

    @cached_property
    def _calls(self) -> Calls:
        return dynamodb_calls(self.target)


def suppression_of(stack: StackOptions) -> StackSuppression:
    """The suppression list of a stack."""
    return StackSuppression(connect(stack))


def suppressions_of(target: Target, address: str) -> list[Suppression]:
    """The active suppressions of an address; none in a stack without a suppression table."""
    if "SuppressionTableName" not in target.outputs:
        return []
    recipient = address_key(address)
    current = StackSuppression(target).table.current([recipient], until=deadline())
    return active(current[recipient].suppressions.values()) if recipient in current else []


def active(lines: Iterable[Suppression]) -> list[Suppression]:
    """The lines that hold now."""
    now = time.time()
    return [line for line in lines if line.active(now)]


def deadline() -> float:
    """A minute from now, as a `time.monotonic()`."""
    return time.monotonic() + _STEP_SECONDS


def operator_name(by: str | None) -> str:
    """The name that a fact made by hand gets: the value of --by, or the login name."""
    return by or getpass.getuser()
