"""The projector: the evidence in the history's new rows settles rows of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.sending.outcomes.evidence import Evidence, evidence_in
from ses_stack.sending.outcomes.ledger import RequestStatus


class SettledLedger(Protocol):
    """Keeps the rows of send requests, and settles them."""

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
    """Settles requests by records of the history's table stream, in order, until a row cannot be written."""
    batch = ProjectedBatch()
    seen: set[tuple[str, str, RequestStatus]] = set()
    for record in records:
        evidence = evidence_in(record["dynamodb"].get("NewImage", {}))
        # An event that names several recipients is several rows of the history.
        if evidence is None or (key := (evidence.request_id, evidence.message_id, evidence.status)) in seen:
            continue
        seen.add(key)
        try:
            batch.settled += ledger.settle(evidence)
        except TableError as error:
            batch.failed, batch.reason = record["dynamodb"]["SequenceNumber"], str(error)
            break
    return batch
