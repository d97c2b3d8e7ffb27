"""In-memory fakes of what suppression works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ses_stack.errors import AccountListError, TableError
from ses_stack.suppression.account.both_lists import BothLists
from ses_stack.suppression.facts import Fact, FactKind
from ses_stack.suppression.list_changes import CurrentList, ListChange, RecipientState
from ses_stack.suppression.policy import Policy, Suppression, deliveries_to_read
from ses_stack.suppression.records import SuppressionCopy
from ses_stack.suppression.settle import NO_FACTS, FactsByRecipient, SettleContext
from tests.support.suppression_facts import NOW


@dataclass
class Time:
    """A clock that only sleeping moves."""

    seconds: float = NOW

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class MemoryTable:
    """SuppressionTable without DynamoDB.

    `history` has deliveries that its index shows; `history_answers` says whether it can be read.
    `meanwhile` runs once, between a reading and the change that follows; `after_change` once, after a change.
    """

    facts: dict[str, dict[str, Fact]] = field(default_factory=dict)
    lists: dict[str, CurrentList] = field(default_factory=dict)
    history: dict[str, dict[str, Fact]] = field(default_factory=dict)
    history_answers: bool = True
    unwritable: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    meanwhile: Callable[[], None] | None = None
    after_change: Callable[[], None] | None = None
    changes: int = 0
    readings: int = 0

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, CurrentList]:
        if self.unreadable & set(recipients):
            raise TableError("the suppression table: no answer")
        return {name: self.lists[name] for name in recipients if name in self.lists}

    def read(
        self,
        recipients: Iterable[str],
        *,
        until: float,
        new_facts: FactsByRecipient = NO_FACTS,
        explain: bool = False,
    ) -> tuple[dict[str, RecipientState], dict[str, str]]:
        self.readings += 1
        names = list(recipients)
        failed = {name: "no answer" for name in names if name in self.unreadable}
        policy = replace(Policy(), threshold=1) if explain else Policy()
        states = {name: self.state(name, new_facts.get(name, ()), policy) for name in names if name not in failed}
        return states, failed

    def state(self, name: str, new: Sequence[Fact] = (), policy: Policy | None = None) -> RecipientState:
        """The state, with only those deliveries that SuppressionTable would read."""
        facts, policy = list(self.facts.get(name, {}).values()), policy or Policy()
        deliveries = sorted((fact for fact in facts if fact.kind is FactKind.DELIVERY), key=lambda fact: fact.key)
        read = {fact.key: fact for fact in facts if fact.kind is not FactKind.DELIVERY}
        if deliveries_to_read([*read.values(), *new], policy):
            read |= {fact.key: fact for fact in deliveries[-1:]}
        if question := deliveries_to_read([*read.values(), *new], policy):
            since = [fact for fact in deliveries if fact.time >= question.since]
            read |= {fact.key: fact for fact in question.relevant(since)}
        question = deliveries_to_read([*read.values(), *new], policy)
        if question and self.history_answers:
            since = [fact for fact in self.history.get(name, {}).values() if fact.time >= question.since]
            read |= {fact.key: fact for fact in question.relevant(since)}
        return RecipientState(
            current=self.lists.get(name, CurrentList()),
            facts=list(read.values()),
            history_error="no answer" if question and not self.history_answers else "",
        )

    def stored(self, facts: Iterable[Fact], *, until: float) -> tuple[dict[str, CurrentList], set[tuple[str, str]]]:
        facts = list(facts)
        keys = {(fact.recipient, fact.key) for fact in facts if fact.key in self.facts.get(fact.recipient, {})}
        return self.current([fact.recipient for fact in facts], until=until), keys

    def change(self, changes: Iterable[ListChange], *, until: float) -> tuple[set[str], dict[str, str]]:
        changes = list(changes)
        if changes and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        conflicts, failed = set(), {}
        for change in changes:
            if change.recipient in self.unwritable:
                failed[change.recipient] = "ThrottlingException"
            elif self.lists.get(change.recipient, CurrentList()).version != change.before.version:
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

    def set_account_list_state(self, recipient: str, state: str, *, until: float) -> None:
        before = self.lists.get(recipient, CurrentList())
        self.lists[recipient] = CurrentList(
            version=before.version + 1, suppressions=before.suppressions, account_list_state=state
        )

    def all(self) -> dict[tuple[str, str], Suppression]:
        """The whole list."""
        return {(name, scope): line for name, now in self.lists.items() for scope, line in now.suppressions.items()}


@dataclass
class MemoryAccountList:
    """SES's list. `errors` are raised by the next calls, in order. `on_call` runs once, in the next call."""

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
class MemoryQueue:
    """The suppression queue: copies that were sent."""

    sent: list[SuppressionCopy] = field(default_factory=list)
    broken: bool = False

    def send(self, copies: Sequence[SuppressionCopy], *, until: float) -> Mapping[str, str]:
        if self.broken:
            return {copy.record_id: "InternalError" for copy in copies}
        self.sent += copies
        return {}


def context_of(
    table: MemoryTable, time: Time | None = None, policy: Policy | None = None, *, settles_again: bool = False
) -> SettleContext:
    time = time or Time()
    return SettleContext(
        table=table,
        policy=policy or Policy(),
        until=float("inf"),
        settles_again=settles_again,
        now=time.now,
        sleep=time.sleep,
    )


def both_lists(table: MemoryTable, account: MemoryAccountList) -> BothLists:
    time = account.time
    return BothLists(
        table=table,
        policy=Policy(),
        account=account,
        deadline=lambda: float("inf"),
        now=time.now,
        sleep=time.sleep,
    )
