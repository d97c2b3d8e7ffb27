"""How the suppression writer changes SES's account-level list, at the one call a second that SES grants.

A wave of bounces is in the stack's list at once. Its turns to call SES are given out beforehand, one a second over all
workers. A worker waits for a turn that is near. For a later turn it sends a copy of the record to the queue, which SQS
delivers shortly before that turn, and lets Lambda delete the original. So waiting costs no receives, and SES's limit
never makes a dead letter.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ses_stack.errors import AccountListBusyError, AccountListError, TableError
from ses_stack.suppression.account.account_list import (
    AccountList,
    AccountListTurns,
    AccountStateTable,
    AccountTarget,
    target_of,
)
from ses_stack.suppression.records import SuppressionCopy, SuppressionQueue, SuppressionRecord

# A worker waits for a turn that is at most this far away.
LONGEST_WAIT_SECONDS = 2.0
# SQS delivers a copy this long before its turn.
_EARLY_SECONDS = 1.0
# A record that comes later than its turn may still use it, for this long: SQS does not deliver to the second.
_TURN_VALID_SECONDS = 15.0
# SQS delays a message for 15 minutes at most.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
LONGEST_DELAY_SECONDS = 900
_SECONDS_BETWEEN_CALLS = 1.0
# A copy without a turn, because SES throttled, comes after a time between these.
_BUSY_DELAY_SECONDS = (5.0, 30.0)


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """A change of SES's list that follows from a record."""

    record: SuppressionRecord
    recipient: str
    target: AccountTarget


@dataclass(slots=True)
class AccountSyncResult:
    """What became of updates: how many were made, and the ids of records that failed or were deferred."""

    calls: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    deferred: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSync:
    """Makes SES's list say what the stack's list says."""

    account: AccountList
    turns: AccountListTurns
    queue: SuppressionQueue
    table: AccountStateTable
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, updates: Sequence[AccountUpdate], *, until: float) -> AccountSyncResult:
        """Makes the updates whose turn is near, and defers the others; `until` is a `time.monotonic()`."""
        if not updates:
            return AccountSyncResult()
        try:
            turns = sorted(self._turns(updates, until), key=lambda turn_and_update: turn_and_update[0])
        except TableError as error:
            return AccountSyncResult(failed={update.record.id: str(error) for update in updates})
        batch = _SyncBatch(self, until)
        for turn, update in turns:
            batch.take(turn, update)
        return batch.finish()

    def apply(self, update: AccountUpdate, until: float) -> bool:
        """Makes one update; returns whether SES's list should say something else by now.

        The recipient's state is read again afterwards. While SES was called, an operator may have removed the
        suppression, and taken the address off SES's list before this call put it there.
        Raises `AccountListError`, `TableError`.
        """
        target = update.target
        for place, address in enumerate(target.addresses):
            if place:
                self.sleep(_SECONDS_BETWEEN_CALLS)
            if target.reason:
                self.account.put(address, target.reason)
            else:
                self.account.remove(address)
        self.table.set_account_list_state(update.recipient, target.state, until=until)
        states, _ = self.table.read([update.recipient], until=until)
        return update.recipient not in states or target_of(states[update.recipient]) is not None

    def _turns(self, updates: Iterable[AccountUpdate], until: float) -> Iterator[tuple[float, AccountUpdate]]:
        """Each update with its turn: the turn for which its record waited, or a new one."""
        without_turn: list[AccountUpdate] = []
        used: set[str] = set()
        for update in updates:
            turn = update.record.turn
            if turn is not None and update.record.id not in used and turn > self.now() - _TURN_VALID_SECONDS:
                used.add(update.record.id)
                yield turn, update
            else:
                without_turn.append(update)
        if without_turn:
            turn = self.turns.take(sum(len(update.target.addresses) for update in without_turn), until=until)
            for update in without_turn:
                yield turn, update
                turn += len(update.target.addresses)


class _SyncBatch:
    """The updates of one batch, taken in the order of their turns."""

    def __init__(self, sync: AccountSync, until: float) -> None:
        self._sync = sync
        self._until = until
        self._latest_turn = sync.now() + LONGEST_WAIT_SECONDS
        self._is_busy = False
        self._copies: list[SuppressionCopy] = []
        self._result = AccountSyncResult()

    def take(self, turn: float, update: AccountUpdate) -> None:
        """Makes the update in its turn, or defers its record if that is too far away or SES throttles."""
        record = update.record
        if record.id in self._result.failed or record.id in self._result.deferred:
            return
        wait = max(0.0, turn - self._sync.now())
        if self._is_busy:
            self._defer(record, None)
        elif turn > self._latest_turn or self._sync.clock() + wait + len(update.target.addresses) >= self._until:
            self._defer(record, turn)
        else:
            self._sync.sleep(wait)
            self._apply(update)

    def finish(self) -> AccountSyncResult:
        """Sends the copies of all deferred records."""
        for record_id, reason in self._sync.queue.send(self._copies, until=self._until).items():
            self._result.failed[record_id] = f"not deferred: {reason}"
            self._result.deferred.discard(record_id)
        return self._result

    def _apply(self, update: AccountUpdate) -> None:
        try:
            is_outdated = self._sync.apply(update, self._until)
        except AccountListBusyError:
            self._is_busy = True
            self._defer(update.record, None)
        except (AccountListError, TableError) as error:
            self._result.failed[update.record.id] = str(error)
        else:
            self._result.calls += 1
            if is_outdated:
                self._defer(update.record, None)

    def _defer(self, record: SuppressionRecord, turn: float | None) -> None:
        self._copies.append(_copy(record, turn, self._sync.now()))
        self._result.deferred.add(record.id)


def _copy(record: SuppressionRecord, turn: float | None, now: float) -> SuppressionCopy:
    seconds = random.uniform(*_BUSY_DELAY_SECONDS) if turn is None else turn - now - _EARLY_SECONDS
    delay = max(1, min(LONGEST_DELAY_SECONDS, int(seconds)))
    return SuppressionCopy(record_id=record.id, body=record.body, delay=delay, turn=turn)
