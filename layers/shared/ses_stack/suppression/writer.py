"""The suppression writer: a batch of SES events becomes suppressions. Each record succeeds or fails alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.errors import RecordError, TableError
from ses_stack.suppression.account.account_list import target_of
from ses_stack.suppression.account.account_sync import AccountSync, AccountUpdate
from ses_stack.suppression.facts import Fact, FactKind
from ses_stack.suppression.feedback import Feedback, facts_of
from ses_stack.suppression.records import SuppressionCopy, SuppressionQueue, SuppressionRecord
from ses_stack.suppression.settle import ListTable, SettleContext, SettledLists, settle

# While the history does not answer, a record comes back so often: the longest that SQS delays a message.
_NEXT_RECHECK_SECONDS = 900

type _FactsByRecord = Mapping[str, Sequence[Fact]]


class DeliveryTable(ListTable, Protocol):
    """A table that also takes deliveries, which are added without a transaction (see `list_changes`)."""

    def put_deliveries(self, facts: Iterable[Fact], *, until: float) -> Mapping[tuple[str, str], str]:
        """Adds deliveries; returns (recipient, key) of those that could not be added, with the reason."""


@dataclass(slots=True)
class WrittenBatch:
    """What became of a batch. `failed` maps the ids of records that must come again to the reason."""

    facts: int = 0
    ignored: int = 0
    possible_complaints: int = 0
    synced: int = 0
    deferred: int = 0
    rechecks: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def response(self) -> dict[str, list[dict[str, str]]]:
        """Lambda's partial batch response: Lambda deletes every record but the failed ones.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self.failed]}

    def counts(self) -> dict[str, int]:
        """The figures for the log."""
        return {
            "facts": self.facts,
            "ignored": self.ignored,
            "possible_complaints": self.possible_complaints,
            "synced": self.synced,
            "deferred": self.deferred,
            "rechecks": self.rechecks,
            "failed": len(self.failed),
        }


def suppress(
    records: Sequence[SuppressionRecord],
    *,
    parse: Callable[[str], Feedback | None],
    table: DeliveryTable,
    context: SettleContext,
    account: AccountSync | None,
    queue: SuppressionQueue,
    recheck_seconds: int,
) -> WrittenBatch:
    """Parses every record, adds all facts, updates the list, and then SES's list; `account` None: not SES's list.

    A record behind a list that rests on soft bounces is processed once more after `recheck_seconds`, for the sake of
    deliveries that the history did not show yet; and again, as long as the history does not answer. `queue` is where
    the records come from. A record fails if it cannot be parsed, if one of its facts could not be added, or if SES's
    list could not be changed. It also fails if one of its recipients cannot be read, after all of that was done for
    the others.
    """
    batch = WrittenBatch()
    facts, unreadable = _parsed(records, parse, batch)
    settled = _add_facts(facts, table, context, batch)
    _count(facts, settled, batch)
    finished_later: Collection[str] = ()
    if account:
        written = [record for record in records if record.id not in batch.failed]
        result = account.run(_account_updates(written, facts, settled), until=context.until)
        batch.synced, batch.deferred = result.calls, len(result.deferred)
        batch.failed |= result.failed
        finished_later = result.deferred
    # A record that fails comes again anyway.
    readable = [each for each in records if each.id not in {*batch.failed, *unreadable}]
    copies = _rechecks(readable, facts, settled, recheck_seconds)
    unsent = queue.send(copies, until=context.until) if copies else {}
    batch.rechecks = len(copies) - len(unsent)
    batch.failed |= {record_id: f"not queued for a recheck: {reason}" for record_id, reason in unsent.items()}
    for record_id in unreadable.keys() - finished_later:  # the copy of a deferred record fails when its turn comes
        batch.failed.setdefault(record_id, unreadable[record_id])
    return batch


def _parsed(
    records: Iterable[SuppressionRecord], parse: Callable[[str], Feedback | None], batch: WrittenBatch
) -> tuple[_FactsByRecord, Mapping[str, str]]:
    """The facts of each record, and why records fail whose facts concern a part of their recipients only."""
    facts: dict[str, Sequence[Fact]] = {}
    unreadable: dict[str, str] = {}
    for record in records:
        try:
            feedback = parse(record.body)
            found = facts_of(feedback) if feedback else ()
            if feedback and feedback.unreadable and not found:
                raise feedback.unreadable
        except RecordError as error:
            batch.failed[record.id] = error.cause
            continue
        facts[record.id] = found
        if feedback and feedback.unreadable:
            unreadable[record.id] = feedback.unreadable.cause
    return facts, unreadable


def _add_facts(
    facts: _FactsByRecord, table: DeliveryTable, context: SettleContext, batch: WrittenBatch
) -> SettledLists:
    """Adds the facts of all records. After a delivery, a list is derived again only if it rests on soft bounces."""
    deliveries: dict[str, list[Fact]] = {}
    new: dict[str, list[Fact]] = {}
    for record_id, record_facts in facts.items():
        for fact in record_facts:
            if fact.kind is FactKind.DELIVERY:
                deliveries.setdefault(record_id, []).append(fact)
            else:
                new.setdefault(fact.recipient, []).append(fact)
    _put_deliveries(deliveries, table, context, batch)
    try:
        for recipient in _resting_on_soft_bounces(_all_facts(deliveries), new, table, context):
            new[recipient] = []
    except TableError as error:
        batch.failed |= dict.fromkeys(deliveries, f"not written: {error}")
    return settle(context, new)


def _put_deliveries(
    deliveries: _FactsByRecord, table: DeliveryTable, context: SettleContext, batch: WrittenBatch
) -> None:
    reasons = table.put_deliveries(_all_facts(deliveries), until=context.until)
    for record_id, facts in deliveries.items():
        if reason := next((reasons[key] for fact in facts if (key := (fact.recipient, fact.key)) in reasons), None):
            batch.failed[record_id] = f"not written: {reason}"


def _resting_on_soft_bounces(
    deliveries: Iterable[Fact], new: Mapping[str, object], table: DeliveryTable, context: SettleContext
) -> list[str]:
    """The recipients of deliveries whose list a delivery may change, and whose list is not derived anyway."""
    recipients = {fact.recipient for fact in deliveries} - new.keys()
    current = table.current(sorted(recipients), until=context.until)
    return [recipient for recipient, listed in current.items() if listed.rests_on_soft_bounces()]


def _all_facts(facts: _FactsByRecord) -> Iterator[Fact]:
    return (fact for record_facts in facts.values() for fact in record_facts)


def _count(facts: _FactsByRecord, settled: SettledLists, batch: WrittenBatch) -> None:
    """Counts the facts of written records, and reports records whose facts could not be added."""
    for record_id, record_facts in facts.items():
        if record_id in batch.failed:
            continue
        reasons = (settled.failed[fact.recipient] for fact in record_facts if fact.recipient in settled.failed)
        if reason := next(reasons, None):
            batch.failed[record_id] = f"not written: {reason}"
        else:
            batch.facts += len(record_facts)
            batch.ignored += not record_facts
            batch.possible_complaints += sum(fact.kind is FactKind.POSSIBLE_COMPLAINT for fact in record_facts)


def _rechecks(
    records: Iterable[SuppressionRecord], facts: _FactsByRecord, settled: SettledLists, seconds: int
) -> list[SuppressionCopy]:
    """Copies of the records whose soft-bounce suppressions must be settled again."""
    return [
        SuppressionCopy(
            record_id=record.id,
            body=record.body,
            delay=_NEXT_RECHECK_SECONDS if record.is_recheck else seconds,
            is_recheck=True,
        )
        for record in records
        if any(_is_open(record, fact, settled) for fact in facts[record.id])
    ]


def _is_open(record: SuppressionRecord, fact: Fact, settled: SettledLists) -> bool:
    state = settled.states.get(fact.recipient)
    return bool(state and state.current.rests_on_soft_bounces() and (state.is_provisional or not record.is_recheck))


def _account_updates(
    records: Iterable[SuppressionRecord], facts: _FactsByRecord, settled: SettledLists
) -> list[AccountUpdate]:
    """The changes of SES's list that follow from the records, one for each recipient."""
    updates: dict[str, AccountUpdate] = {}
    for record in records:
        for fact in facts[record.id]:
            state = settled.states.get(fact.recipient)
            target = target_of(state) if state and fact.recipient not in updates else None
            if target:
                updates[fact.recipient] = AccountUpdate(record, fact.recipient, target)
    return list(updates.values())
