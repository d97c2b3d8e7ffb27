"""A batch of bounces, complaints, deliveries and subscriptions becomes suppressions: each record alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.errors import RecordError, TableError
from ses_stack.suppression.account_sync import AccountSync, Task, target_of
from ses_stack.suppression.feedback import Feedback, facts_of
from ses_stack.suppression.manual import Settled, Table, Work, settle
from ses_stack.suppression.policy import Fact, FactKind
from ses_stack.suppression.turns import Record


class Evidence(Table, Protocol):
    """A table that also takes in deliveries."""

    def put_deliveries(self, facts: Iterable[Fact], *, until: float) -> Mapping[tuple[str, str], str]:
        """Adds deliveries; gives (recipient, key) of those that could not be added, with the reason."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `failed` maps the ids of records that must come again to the reason."""

    facts: int = 0
    ignored: int = 0
    possible_complaints: int = 0
    synced: int = 0
    deferred: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The answer that has Lambda delete every record but the failed ones.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self.failed]}

    def counts(self) -> dict[str, int]:
        """For the log."""
        return {
            "facts": self.facts,
            "ignored": self.ignored,
            "possible_complaints": self.possible_complaints,
            "synced": self.synced,
            "deferred": self.deferred,
            "failed": len(self.failed),
        }


def suppress(
    records: Sequence[Record],
    *,
    parse: Callable[[str], Feedback | None],
    table: Evidence,
    work: Work,
    account: AccountSync | None,
) -> Outcome:
    """Parses every record, adds all facts, brings the lists up to date, and then SES's list; None: that is left alone.

    A record fails if it cannot be parsed, if a fact of it could not be added, or if SES's list could not be changed.
    """
    outcome = Outcome()
    facts: dict[str, list[Fact]] = {}
    for record in records:
        try:
            feedback = parse(record.body)
        except RecordError as error:
            outcome.failed[record.id] = error.cause
            continue
        facts[record.id] = facts_of(feedback) if feedback else []
    settled = _add(facts, table, work, outcome)
    for record_id, own in facts.items():
        if record_id in outcome.failed:
            continue
        if reason := next((settled.failed[fact.recipient] for fact in own if fact.recipient in settled.failed), None):
            outcome.failed[record_id] = f"not written: {reason}"
        else:
            outcome.facts += len(own)
            outcome.ignored += not own
            outcome.possible_complaints += sum(fact.kind is FactKind.POSSIBLE_COMPLAINT for fact in own)
    if account:
        tasks = _tasks([record for record in records if record.id not in outcome.failed], facts, settled)
        synced = account.run(tasks, until=work.until)
        outcome.synced, outcome.deferred = synced.calls, len(synced.deferred)
        outcome.failed |= synced.failed
    return outcome


def _add(facts: Mapping[str, Sequence[Fact]], table: Evidence, work: Work, outcome: Outcome) -> Settled:
    """Adds the facts of all records. A delivery has a list derived again only if that list rests on soft bounces."""
    deliveries: dict[str, list[Fact]] = {}
    new: dict[str, list[Fact]] = {}
    for record_id, own in facts.items():
        for fact in own:
            if fact.kind is FactKind.DELIVERY:
                deliveries.setdefault(record_id, []).append(fact)
            else:
                new.setdefault(fact.recipient, []).append(fact)
    reasons = table.put_deliveries((fact for own in deliveries.values() for fact in own), until=work.until)
    for record_id, own in deliveries.items():
        if reason := next((reasons[key] for fact in own if (key := (fact.recipient, fact.key)) in reasons), None):
            outcome.failed[record_id] = f"not written: {reason}"
    try:
        delivered = {fact.recipient for own in deliveries.values() for fact in own} - new.keys()
        for recipient, current in table.current(sorted(delivered), until=work.until).items():
            if current.rests_on_evidence():
                new[recipient] = []
    except TableError as error:
        outcome.failed |= dict.fromkeys(deliveries, f"not written: {error}")
    return settle(work, new)


def _tasks(records: Iterable[Record], facts: Mapping[str, Sequence[Fact]], settled: Settled) -> list[Task]:
    """What the records want of SES's list, once for each recipient."""
    tasks: dict[str, Task] = {}
    for record in records:
        for fact in facts[record.id]:
            known = settled.known.get(fact.recipient)
            target = target_of(known) if known and fact.recipient not in tasks else None
            if target:
                tasks[fact.recipient] = Task(record, fact.recipient, target)
    return list(tasks.values())
