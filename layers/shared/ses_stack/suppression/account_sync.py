"""SES's own account-level list, made to say what ours says, at the one call a second that SES grants.

A wave of bounces is in our list at once; its turns at SES's are given out beforehand, one a second over all workers. A
worker waits for a turn that is near. For a later one it sends a copy of the record to the queue, to come when the turn
does, and lets the original be deleted: so waiting costs no receives, and no limit ever makes a dead letter.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.errors import AccountListBusyError, AccountListError, TableError
from ses_stack.suppression.current import Known
from ses_stack.suppression.manual import Table
from ses_stack.suppression.policy import AccountTarget, account_target
from ses_stack.suppression.turns import Copy, Record

# A turn this near is waited for; a copy comes back this much before its turn.
PATIENCE_SECONDS = 2.0
_EARLY_SECONDS = 1.0
# A turn is still good a while after its time: queues are not punctual.
_LATE_SECONDS = 15.0
LONGEST_DELAY = 900
_BUSY_SECONDS = (5.0, 30.0)


class AccountList(Protocol):
    """SES's list. Raises `AccountListError`, and `AccountListBusyError` where SES is throttling."""

    def put(self, address: str, reason: str) -> None:
        """Adds an address, in its case; a second time changes nothing."""

    def remove(self, address: str) -> bool:
        """Takes off an address, in its case; whether it was there."""


class Turns(Protocol):
    """What gives out turns at SES's list, one a second over all workers."""

    def take(self, count: int, *, until: float) -> float:
        """The first of `count` turns in a row, in seconds since 1970. Raises `TableError`."""


class Marks(Table, Protocol):
    """A table that also remembers what SES's list was made to say."""

    def mark(self, recipient: str, mark: str, *, until: float) -> None:
        """Remembers it. Raises `TableError`."""


class Copies(Protocol):
    """The queue that records come from."""

    def send(self, copies: Sequence[Copy], *, until: float) -> Mapping[str, str]:
        """Sends copies; gives the ids of records whose copy was not sent, with the reason."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a record wants of SES's list."""

    record: Record
    recipient: str
    target: AccountTarget


@dataclass(slots=True)
class Synced:
    """What became of tasks: how many calls were made, and the records that failed or were deferred."""

    calls: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    deferred: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSync:
    """Brings SES's list into line with ours."""

    account: AccountList
    turns: Turns
    copies: Copies
    table: Marks
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, tasks: Sequence[Task], *, until: float) -> Synced:
        """Does the tasks whose turn is near, and defers the others; `until` is a `time.monotonic()`."""
        synced = Synced()
        copies: list[Copy] = []
        if not tasks:
            return synced
        try:
            turns = sorted(self._turns(tasks, until), key=lambda each: each[0])
        except TableError as error:
            synced.failed = {task.record.id: str(error) for task in tasks}
            return synced
        patience = self.now() + PATIENCE_SECONDS
        busy = False
        for turn, task in turns:
            record = task.record
            if record.id in synced.failed or record.id in synced.deferred:
                continue
            wait = max(0.0, turn - self.now())
            if busy or turn > patience or self.clock() + wait + len(task.target.addresses) >= until:
                copies.append(_copy(record, None if busy else turn, self.now()))
                synced.deferred.add(record.id)
                continue
            self.sleep(wait)
            try:
                again = self._apply(task, until)
            except AccountListBusyError:
                busy = again = True
            except (AccountListError, TableError) as error:
                synced.failed[record.id] = str(error)
                continue
            synced.calls += not busy
            if again:
                copies.append(_copy(record, None, self.now()))
                synced.deferred.add(record.id)
        for record_id, reason in self.copies.send(copies, until=until).items():
            synced.failed[record_id] = f"not deferred: {reason}"
            synced.deferred.discard(record_id)
        return synced

    def _turns(self, tasks: Iterable[Task], until: float) -> Iterator[tuple[float, Task]]:
        """Each task with its turn: that for which its record waited, or a new one."""
        new: list[Task] = []
        used: set[str] = set()
        for task in tasks:
            turn = task.record.turn
            if turn is not None and task.record.id not in used and turn > self.now() - _LATE_SECONDS:
                used.add(task.record.id)
                yield turn, task
            else:
                new.append(task)
        if new:
            turn = self.turns.take(sum(len(task.target.addresses) for task in new), until=until)
            for task in new:
                yield turn, task
                turn += len(task.target.addresses)

    def _apply(self, task: Task, until: float) -> bool:
        """Makes SES's list say what it should; whether it should say something else by now.

        What is known may have changed while SES was called: an operator may have removed the suppression, and taken an
        address off SES's list before it was put there. So it is read again after.
        """
        target = task.target
        for place, address in enumerate(target.addresses):
            if place:
                self.sleep(1.0)
            if target.reason:
                self.account.put(address, target.reason)
            else:
                self.account.remove(address)
        self.table.mark(task.recipient, target.mark, until=until)
        known, _ = self.table.read([task.recipient], until=until)
        return task.recipient not in known or target_of(known[task.recipient]) is not None


def target_of(known: Known) -> AccountTarget | None:
    """What SES's list should be made to say of a recipient; None: nothing new."""
    return account_target(known.facts, known.current.mark)


def _copy(record: Record, turn: float | None, now: float) -> Copy:
    seconds = random.uniform(*_BUSY_SECONDS) if turn is None else turn - now - _EARLY_SECONDS
    return Copy(record_id=record.id, body=record.body, delay=max(1, min(LONGEST_DELAY, int(seconds))), turn=turn)
