"""The projector: the evidence in the history's new rows settles rows of the ledger.

It also passes on deliveries that may lift a suppression, see `suppression.late_deliveries`: no more than two functions
should read a table stream, and the other one counts.
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.sending.outcomes.evidence import Evidence, evidence_in
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.suppression.late_deliveries import ForwardedDeliveries


class SettledLedger(Protocol):
    """Keeps the rows of send requests, and settles them."""

    def settled(self, evidence: Sequence[Evidence]) -> Collection[Evidence]:
        """The evidence that the rows show already. Raises `TableError`."""

    def settle(self, evidence: Sequence[Evidence]) -> Sequence[bool | TableError]:
        """Settles the rows of different requests; whether each one changed, or its error. May be repeated."""


@dataclass(slots=True)
class ProjectedBatch:
    """What became of a batch. `failed` is the sequence number of the first record that Lambda must deliver again.

    Lambda delivers that record again with all after it. `settled` counts the rows that changed, `forwarded` the
    deliveries that were passed on.
    """

    settled: int = 0
    forwarded: int = 0
    failed: str | None = None
    reason: str = ""

    def response(self) -> dict[str, list[dict[str, str]]]:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
        return {"batchItemFailures": [{"itemIdentifier": self.failed}] if self.failed else []}


def project(
    records: Sequence[Mapping[str, Any]],
    *,
    ledger: SettledLedger,
    forward: Callable[[Sequence[Mapping[str, Any]]], ForwardedDeliveries],
) -> ProjectedBatch:
    """Settles requests by records of the history's table stream.

    Then passes on deliveries, whatever became of the ledger: a fault in one of the two does not stop the other. What is
    settled or passed on may come again: a record after the first that failed does.
    """
    batch = _settle(records, ledger)
    forwarded = forward(records)
    batch.forwarded = forwarded.count
    reasons = dict(forwarded.failed) | ({batch.failed: batch.reason} if batch.failed else {})
    numbers = (record["dynamodb"]["SequenceNumber"] for record in records)
    batch.failed = next((number for number in numbers if number in reasons), None)
    batch.reason = reasons[batch.failed] if batch.failed else ""
    return batch


def _settle(records: Sequence[Mapping[str, Any]], ledger: SettledLedger) -> ProjectedBatch:
    """Settles requests.

    Rows that the sender has settled are only read, all together. The others are written several at a time, evidence of
    one request in order.
    """
    batch = ProjectedBatch()
    left = _evidence_of(records)
    try:
        for each in ledger.settled(list(left)) if left else ():
            del left[each]
    except TableError as error:
        batch.failed, batch.reason = next(iter(left.values())), str(error)
    while left and not batch.failed:
        _settle_next(batch, left, ledger)
    return batch


def _settle_next(batch: ProjectedBatch, left: dict[Evidence, str], ledger: SettledLedger) -> None:
    """Settles the next evidence of each request, and takes it out of `left`, unless that fails."""
    by_request: dict[str, Evidence] = {}
    for each in left:
        by_request.setdefault(each.request_id, each)
    errors: list[TableError] = []
    for each, outcome in zip(by_request.values(), ledger.settle(list(by_request.values())), strict=True):
        if isinstance(outcome, TableError):
            errors.append(outcome)
        else:
            batch.settled += outcome
            del left[each]
    if errors:
        # The first that is left: it failed, or it waited for other evidence of its request.
        batch.failed, batch.reason = next(iter(left.values())), str(errors[0])


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
