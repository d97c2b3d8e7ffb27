"""The ledger's rows of SendTable, in DynamoDB's wire form, and back. `pk` is `REQ#{request id}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ses_stack.mail.times import utc_milliseconds
from ses_stack.sending.ledger import LedgerEntry, RequestStatus

type Item = dict[str, dict[str, Any]]


def key_of(request_id: str) -> str:
    """The primary key of a request's row."""
    return f"REQ#{request_id}"


def item_of(entry: LedgerEntry, *, retention_days: int) -> Item:
    """The row of a request. Moments are ISO-8601 text; `expires_at` is the epoch's seconds, as TTL wants them."""
    texts = {
        "pk": key_of(entry.request_id),
        "status": entry.status.value,
        "stream": entry.stream,
        "lane": entry.lane,
        "queued_at": _text(entry.queued_at),
        "changed_at": _text(entry.changed_at),
        "claimed_at": _text(entry.claimed_at),
        "sent_at": _text(entry.sent_at),
        "message_id": entry.message_id,
        "reason": entry.reason,
        "until": _text(entry.until),
        "deferral": entry.deferral,
        "evidence_at": _text(entry.evidence_at),
    }
    numbers = {
        "recipients": entry.recipients,
        "claim": entry.claim,
        "deferrals": entry.deferrals,
        "expires_at": int(entry.changed_at) + retention_days * 86_400,
    }
    item: Item = {name: {"S": text} for name, text in texts.items() if text}
    item |= {name: {"N": str(number)} for name, number in numbers.items()}
    if entry.suppressed:
        item["suppressed"] = {"M": {address: {"S": why} for address, why in entry.suppressed.items()}}
    return item


def entry_of(item: Mapping[str, Mapping[str, Any]]) -> LedgerEntry:
    """The request in a row."""

    def text(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    def number(name: str) -> int:
        return int(item[name]["N"]) if name in item else 0

    changed_at = _moment(text("changed_at")) or 0.0
    return LedgerEntry(
        request_id=item["pk"]["S"].removeprefix("REQ#"),
        status=RequestStatus(item["status"]["S"]),
        stream=text("stream") or "",
        lane=text("lane") or "",
        recipients=number("recipients"),
        queued_at=_moment(text("queued_at")) or changed_at,
        changed_at=changed_at,
        claim=number("claim"),
        claimed_at=_moment(text("claimed_at")),
        sent_at=_moment(text("sent_at")),
        message_id=text("message_id"),
        reason=text("reason"),
        until=_moment(text("until")),
        deferral=text("deferral"),
        deferrals=number("deferrals"),
        suppressed={address: why["S"] for address, why in item.get("suppressed", {"M": {}})["M"].items()},
        evidence_at=_moment(text("evidence_at")),
    )


def _text(moment: float | None) -> str | None:
    # Half a millisecond more: the text cuts, and what was cut once must not be cut again when it is written back.
    return None if moment is None else utc_milliseconds(datetime.fromtimestamp(moment + 0.0005, UTC))


def _moment(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).timestamp()
