"""The projector: the evidence in the history's new rows settles rows of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.sending.outcomes.evidence import Evidence, evidence_in
from ses_stack.sending.outcomes.ledger import RequestStatus


class SettledLedger(Protocol):
    """Keeps the rows of send requests, and settles them."""

    def settled(self, evidence: Sequence[Evidence]) -> Collection[Evidence]:
        """The evidence that the rows show already. Raises `TableError`."""

    def settle(self, evidence: Evidence) -> bool:
        """Settles a request's row; whether that changed it. May be repeated. Raises `TableError`."""


@dataclass(slots=True)
class ProjectedBatch:
    """What became of a batch. `failed` is the sequence number of the first record that Lambda must deliver again.

    Lambda delivers that record again with all after it. `settled` counts the rows that changed.
    """

    settled: int = 0
    failed: str | None = None
    reason: str = ""

    def response(self) -> dict[str, list[dict[str, str]]]:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
        return {"batchItemFailures": [{"itemIdentifier": self.failed}] if self.failed else []}


def project(records: Sequence[Mapping[str, Any]], *, ledger: SettledLedger) -> ProjectedBatch:
    """Settles requests by records of the history's table stream, in order, until a row cannot be read or written.

    Rows that the sender has settled are only read, all together.
    """
    batch = ProjectedBatch()
    evidence = _evidence_of(records)
    if not evidence:
        return batch
    try:
        shown = ledger.settled(list(evidence))
    except TableError as error:
        batch.failed, batch.reason = next(iter(evidence.values())), str(error)
        return batch
    for each, number in evidence.items():
        try:
            batch.settled += each not in shown and ledger.settle(each)
        except TableError as error:
            batch.failed, batch.reason = number, str(error)
            break
    return batch


def _evidence_of(records: Sequence[Mapping[str, Any]]) -> dict[Evidence, str]:
    """The evidence in records, each with the sequence number of its first record, in order.

    An event that names several recipients is several rows of the history.
    """
    found: dict[tuple[str, str, RequestStatus], tuple[Evidence, str]] = {}
    for record in records:
        evidence = evidence_in(record["dynamodb"].get("NewImage", {}))
        if evidence:
            key = (evidence.request_id, evidence.message_id, evidence.status)
            found.setdefault(key, (evidence, record["dynamodb"]["SequenceNumber"]))
    return dict(found.values())
