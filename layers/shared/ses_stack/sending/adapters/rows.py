"""The ledger's rows of SendTable, in DynamoDB's wire form, and back. `pk` is `REQ#{request id}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ses_stack.aws.items import Item, map_of, number_attributes, number_of, text_attributes, text_of
from ses_stack.mail.times import epoch_seconds, epoch_utc_milliseconds
from ses_stack.sending.ledger import LedgerEntry, RequestStatus


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
        "queued_at": _time_text(entry.queued_at),
        "changed_at": _time_text(entry.changed_at),
        "claimed_at": _time_text(entry.claimed_at),
        "sent_at": _time_text(entry.sent_at),
        "message_id": entry.message_id,
        "reason": entry.reason,
        "until": _time_text(entry.until),
        "deferral": entry.deferral,
        "evidence_at": _time_text(entry.evidence_at),
    }
    numbers = {
        "recipients": entry.recipients,
        "claim": entry.claim,
        "deferrals": entry.deferrals,
        "expires_at": int(entry.changed_at) + retention_days * 86_400,
    }
    item = text_attributes(texts) | number_attributes(numbers)
    if entry.suppressed:
        item["suppressed"] = {"M": {address: {"S": why} for address, why in entry.suppressed.items()}}
    return item


def entry_of(item: Mapping[str, Mapping[str, Any]]) -> LedgerEntry:
    """The request in a row."""
    changed_at = _seconds_of(item, "changed_at") or 0.0
    return LedgerEntry(
        request_id=item["pk"]["S"].removeprefix("REQ#"),
        status=RequestStatus(item["status"]["S"]),
        stream=text_of(item, "stream") or "",
        lane=text_of(item, "lane") or "",
        recipients=number_of(item, "recipients") or 0,
        queued_at=_seconds_of(item, "queued_at") or changed_at,
        changed_at=changed_at,
        claim=number_of(item, "claim") or 0,
        claimed_at=_seconds_of(item, "claimed_at"),
        sent_at=_seconds_of(item, "sent_at"),
        message_id=text_of(item, "message_id"),
        reason=text_of(item, "reason"),
        until=_seconds_of(item, "until"),
        deferral=text_of(item, "deferral"),
        deferrals=number_of(item, "deferrals") or 0,
        suppressed={address: why["S"] for address, why in map_of(item, "suppressed").items()},
        evidence_at=_seconds_of(item, "evidence_at"),
    )


def _time_text(seconds: float | None) -> str | None:
    # utc_milliseconds cuts. Half a millisecond more keeps a time that was read from a row the same when written again.
    return None if seconds is None else epoch_utc_milliseconds(seconds + 0.0005)


def _seconds_of(item: Mapping[str, Mapping[str, Any]], name: str) -> float | None:
    text = text_of(item, name)
    return None if text is None else epoch_seconds(text)
