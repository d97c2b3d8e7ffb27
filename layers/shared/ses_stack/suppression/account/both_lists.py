"""The stack's list and SES's account-level list, changed together by an operator's commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ses_stack.suppression.account.account_list import AccountList, AccountStateTable, account_reason_of
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext


@dataclass(frozen=True, slots=True, kw_only=True)
class BothLists:
    """Both lists, and what changing them needs.

    `deadline` returns the `until` of the next step, a `time.monotonic()`.
    """

    table: AccountStateTable
    policy: Policy
    account: AccountList
    deadline: Callable[[], float]
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def context(self) -> SettleContext:
        """What `settle` needs, with a new deadline."""
        return SettleContext(
            table=self.table, policy=self.policy, until=self.deadline(), now=self.now, sleep=self.sleep
        )

    def put_on_account_list(self, recipient: str, address: str, reason: Reason) -> None:
        """Adds an address to SES's list and stores that. Raises `AccountListError`, `TableError`."""
        account_reason = account_reason_of(reason)
        self.account.put(address, account_reason)
        self.table.set_account_list_state(recipient, account_reason, until=self.deadline())
