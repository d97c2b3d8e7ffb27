"""Stand-ins for what suppression works with, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ses_stack.errors import AccountListError, TableError
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.current import Change, Current, Known
from ses_stack.suppression.manual import Work
from ses_stack.suppression.policy import Fact, FactKind, Policy, Suppression
from ses_stack.suppression.turns import Copy

START = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)


def at(**since: float) -> str:
    """A time after the start: `at(days=2)`."""
    return utc_milliseconds(START + timedelta(**since))


@dataclass
class Time:
    """A clock that moves when somebody sleeps."""

    seconds: float = START.timestamp()

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class MemoryTable:
    """SuppressionTable without DynamoDB. `meanwhile` runs once, between a reading and the change that follows."""

    facts: dict[str, dict[str, Fact]] = field(default_factory=dict)
    lists: dict[str, Current] = field(default_factory=dict)
    unwritable: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    meanwhile: Callable[[], None] | None = None
    after_change: Callable[[], None] | None = None
    changes: int = 0

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, Current]:
        if self.unreadable & set(recipients):
            raise TableError("the suppression table: no answer")
        return {name: self.lists[name] for name in recipients if name in self.lists}

    def read(self, recipients: Iterable[str], *, until: float) -> tuple[dict[str, Known], dict[str, str]]:
        return {name: self.known(name) for name in recipients}, {}

    def known(self, name: str) -> Known:
        facts = list(self.facts.get(name, {}).values())
        deliveries = sorted((fact for fact in facts if fact.kind is FactKind.DELIVERY), key=lambda fact: fact.time)
        others = [fact for fact in facts if fact.kind is not FactKind.DELIVERY]
        return Known(current=self.lists.get(name, Current()), facts=[*others, *deliveries[-1:]])

    def change(self, changes: Iterable[Change], *, until: float) -> tuple[set[str], dict[str, str]]:
        changes = list(changes)
        if changes and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        conflicts, failed = set(), {}
        for change in changes:
            if change.recipient in self.unwritable:
                failed[change.recipient] = "ThrottlingException"
            elif self.lists.get(change.recipient, Current()).version != change.before.version:
                conflicts.add(change.recipient)
            else:
                self.changes += 1
                self.facts.setdefault(change.recipient, {}).update({fact.key: fact for fact in change.facts})
                self.lists[change.recipient] = change.after
        if changes and self.after_change:
            after, self.after_change = self.after_change, None
            after()
        return conflicts, failed

    def put_deliveries(self, facts: Iterable[Fact], *, until: float) -> dict[tuple[str, str], str]:
        failed = {}
        for fact in facts:
            if fact.recipient in self.unwritable:
                failed[fact.recipient, fact.key] = "ThrottlingException"
            else:
                self.facts.setdefault(fact.recipient, {})[fact.key] = fact
        return failed

    def mark(self, recipient: str, mark: str, *, until: float) -> None:
        before = self.lists.get(recipient, Current())
        self.lists[recipient] = Current(version=before.version + 1, suppressions=before.suppressions, mark=mark)

    def all(self) -> dict[tuple[str, str], Suppression]:
        """The whole list."""
        return {(name, scope): line for name, now in self.lists.items() for scope, line in now.suppressions.items()}


@dataclass
class MemoryAccount:
    """SES's list. `errors` are raised by the next calls, in order."""

    listed: dict[str, str] = field(default_factory=dict)
    errors: list[AccountListError] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    time: Time = field(default_factory=Time)
    on_call: Callable[[], None] | None = None

    def put(self, address: str, reason: str) -> None:
        self._call()
        self.listed[address] = reason

    def remove(self, address: str) -> bool:
        self._call()
        return self.listed.pop(address, None) is not None

    def _call(self) -> None:
        self.calls.append(self.time.now())
        if self.errors:
            raise self.errors.pop(0)
        if self.on_call:
            on_call, self.on_call = self.on_call, None
            on_call()


@dataclass
class MemoryTurns:
    """Turns a second apart."""

    time: Time
    free_at: float = 0.0
    broken: bool = False

    def take(self, count: int, *, until: float) -> float:
        if self.broken:
            raise TableError("no turn")
        first = max(self.time.now(), self.free_at)
        self.free_at = first + count
        return first


@dataclass
class MemoryCopies:
    """Copies that were sent."""

    sent: list[Copy] = field(default_factory=list)
    broken: bool = False

    def send(self, copies: Sequence[Copy], *, until: float) -> Mapping[str, str]:
        if self.broken:
            return {copy.record_id: "InternalError" for copy in copies}
        self.sent += copies
        return {}


def work(table: MemoryTable, time: Time | None = None, policy: Policy | None = None) -> Work:
    time = time or Time()
    return Work(table=table, policy=policy or Policy(), until=float("inf"), now=time.now, sleep=time.sleep)
