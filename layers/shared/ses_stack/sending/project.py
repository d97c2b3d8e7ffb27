"""The projector: what SES's events prove about requests goes into the ledger.

Every message carries its request's id, so that a row whose worker died is settled by the mail itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ses_stack.errors import TableError
from ses_stack.mail.event_types import EventType
from ses_stack.sending.ledger import RequestStatus


class Ledger(Protocol):
    """What keeps the rows of requests."""

    def proved(
        self,
        request_id: str,
        *,
        stream: str,
        message_id: str,
        status: RequestStatus,
        over: Sequence[RequestStatus],
        at: str,
        reason: str | None,
    ) -> bool:
        """Settles a request of a stream if its row stands at one of `over`. May be repeated. Raises `TableError`."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What an event of a type says of its request, and which rows it settles."""

    status: RequestStatus
    over: tuple[RequestStatus, ...]
    reason: str | None = None


PROOFS: Mapping[EventType, Proof] = {
    EventType.SEND: Proof(RequestStatus.SENT, (RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN)),
    EventType.REJECT: Proof(
        RequestStatus.FAILED,
        (RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN, RequestStatus.SENT),
        "SES took it, and rejected it",
    ),
    EventType.RENDERING_FAILURE: Proof(
        RequestStatus.FAILED,
        (RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN, RequestStatus.SENT),
        "SES could not render the template",
    ),
}


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `failed` is the first record that must come again, with all after it."""

    settled: int = 0
    failed: str | None = None
    reason: str = ""

    def response(self) -> dict[str, list[dict[str, str]]]:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html"""
        return {"batchItemFailures": [{"itemIdentifier": self.failed}] if self.failed else []}


def project(records: Sequence[Mapping[str, Any]], *, ledger: Ledger) -> Outcome:
    """Settles the requests that records of the history's table stream speak of, in order, until one cannot be."""
    outcome = Outcome()
    seen: set[tuple[str, str, RequestStatus]] = set()
    for record in records:
        row = record["dynamodb"].get("NewImage", {})
        proof = PROOFS.get(EventType.from_name(_text(row, "type") or ""))
        request_id = _text(row, "request_id")
        # An event that names several recipients is several rows.
        if proof is None or not request_id or (key := (request_id, _text(row, "message_id"), proof.status)) in seen:
            continue
        seen.add(key)
        try:
            outcome.settled += ledger.proved(
                request_id,
                stream=_text(row, "stream"),
                message_id=_text(row, "message_id"),
                status=proof.status,
                over=proof.over,
                at=_text(row, "event_key").partition("#")[0],
                reason=_reason(proof, _text(row, "detail")),
            )
        except TableError as error:
            outcome.failed, outcome.reason = record["dynamodb"]["SequenceNumber"], str(error)
            break
    return outcome


def _reason(proof: Proof, detail: str) -> str | None:
    return f"{proof.reason}: {detail}" if proof.reason and detail else proof.reason


def _text(row: Mapping[str, Any], name: str) -> str:
    text: str = row.get(name, {}).get("S", "")
    return text
