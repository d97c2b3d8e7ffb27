"""The suppression list: asked, and changed by hand; and the one way in which it is ever changed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ses_stack.errors import AddressError, TableError
from ses_stack.mail.addresses import bare, normalized
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.current import Change, Current, Known, change_for
from ses_stack.suppression.policy import (
    Fact,
    FactKind,
    Policy,
    Reason,
    Source,
    Suppression,
    blocking,
    checked_scope,
    checked_stream,
)

# Two who keep colliding over one recipient must not do so in step.
_CONFLICT_SECONDS = 0.1


class Table(Protocol):
    """What keeps facts and lists. `until` is a `time.monotonic()`; what is not done by then is given back."""

    def current(self, recipients: Iterable[str], *, until: float) -> Mapping[str, Current]:
        """What holds of the recipients now; nothing for those of whom nothing is known. Raises `TableError`."""

    def read(self, recipients: Iterable[str], *, until: float) -> tuple[Mapping[str, Known], Mapping[str, str]]:
        """What is known of the recipients, and those that could not be read, with the reason."""

    def change(self, changes: Iterable[Change], *, until: float) -> tuple[set[str], Mapping[str, str]]:
        """Makes changes, each as a whole; gives the recipients that changed meanwhile, and those that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What changing needs besides facts: the table, the policy, and how long it may take."""

    table: Table
    policy: Policy
    until: float
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Settled:
    """What is known of recipients whose lists are right now, and the reasons of those where something failed."""

    known: dict[str, Known] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def settle(work: Work, new: Mapping[str, Sequence[Fact]]) -> Settled:
    """Adds facts and brings the lists of their recipients up to date, until a reading shows nothing left to do.

    A recipient without new facts has its list derived again. What is there already is not written again.
    """
    settled = Settled()
    pending = dict(new)
    while pending:
        known, unread = work.table.read(pending, until=work.until)
        settled.failed |= unread
        changes: dict[str, Change] = {}
        for recipient, found in known.items():
            change = change_for(recipient, found, pending[recipient], work.policy, work.now())
            if change:
                changes[recipient] = change
            else:
                settled.known[recipient] = found
        conflicts, undone = work.table.change(changes.values(), until=work.until)
        settled.failed |= undone
        again: dict[str, Sequence[Fact]] = {}
        for recipient, change in changes.items():
            if recipient in undone:
                continue
            # A list that rests on soft bounces is read once more: a delivery may have come in between (see standing).
            if recipient in conflicts or not change.complete or change.after.rests_on_evidence():
                again[recipient] = pending[recipient]
            else:
                facts = [*known[recipient].facts, *change.facts]
                settled.known[recipient] = Known(current=change.after, facts=facts)
        pending = again
        if conflicts:
            work.sleep(random.uniform(0, _CONFLICT_SECONDS))
    return settled


def check(
    table: Table, addresses: Sequence[str], *, stream: str, topic: str | None, now: float, until: float
) -> dict[str, Suppression | None]:
    """What keeps each address from getting mail of a stream (and topic); None: nothing does.

    One call to the table per hundred addresses. Raises `ScopeError` for a stream that is none, `AddressError`,
    `TableError`.
    """
    checked_stream(stream)
    recipients = {address: _recipient(address, f"addresses[{place}]") for place, address in enumerate(addresses)}
    current = table.current(recipients.values(), until=until)
    return {
        address: blocking(current[recipient].suppressions, stream=stream, topic=topic, now=now)
        if recipient in current
        else None
        for address, recipient in recipients.items()
    }


def known(work: Work, address: str) -> Known:
    """All that is known of one address. Raises `TableError`."""
    recipient = _recipient(address, "the address")
    found, failed = work.table.read([recipient], until=work.until)
    if failed:
        raise TableError(f"the suppression table: {failed[recipient]}")
    return found[recipient]


def add(
    work: Work, address: str, *, scope: str, reason: Reason, by: str, note: str | None = None
) -> tuple[Known, bool]:
    """Suppresses an address by hand; gives what is known then, and whether that is new.

    Raises `ScopeError`, `AddressError`, `TableError`.
    """
    before = known(work, address)
    existing = before.current.suppressions.get(checked_scope(scope))
    if existing and (existing.reason, existing.source) == (reason, Source.MANUAL):
        return before, False
    fact = Fact(
        recipient=normalized(address),
        kind=FactKind.SUPPRESS,
        time=_time(work, before, scope),
        scope=scope,
        reason=reason,
        source=Source.MANUAL,
        as_spelled=bare(address),
        by=by,
        note=note,
    )
    return _settled(work, fact), True


def remove(
    work: Work, address: str, *, scope: str, by: str, note: str | None = None
) -> tuple[Known, Suppression | None]:
    """Lifts a suppression by hand, and remembers it: what is known then, and what was lifted.

    What was known when it was made is older than the removal, whatever clock it came from. Raises `ScopeError`,
    `AddressError`, `TableError`.
    """
    before = known(work, address)
    lifted = before.current.suppressions.get(checked_scope(scope))
    fact = Fact(
        recipient=normalized(address),
        kind=FactKind.REMOVAL,
        time=_time(work, before, scope),
        scope=scope,
        source=Source.MANUAL,
        as_spelled=bare(address),
        by=by,
        note=note,
    )
    return _settled(work, fact), lifted if lifted and lifted.active(work.now()) else None


def _settled(work: Work, fact: Fact) -> Known:
    done = settle(work, {fact.recipient: [fact]})
    if fact.recipient in done.failed:
        raise TableError(f"the suppression table: {done.failed[fact.recipient]}")
    return done.known[fact.recipient]


def _time(work: Work, before: Known, scope: str) -> str:
    """Now, or just after the newest that is known: SES's clock and ours need not agree."""
    newest = max((fact.time for fact in before.facts if fact.scope == scope), default="")
    now = utc_milliseconds(datetime.fromtimestamp(work.now(), UTC))
    return now if now > newest else utc_milliseconds(datetime.fromisoformat(newest) + timedelta(milliseconds=1))


def _recipient(address: str, what: str) -> str:
    recipient = normalized(address)
    if "@" not in recipient or not recipient.isprintable() or len(recipient) > 500:
        raise AddressError(f"{what} is not an e-mail address")
    return recipient
