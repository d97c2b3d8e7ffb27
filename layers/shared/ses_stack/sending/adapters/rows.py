"""SendTable's rows, in DynamoDB's wire form, and what they hold.

| `pk`                   | The row                                                                |
|------------------------|------------------------------------------------------------------------|
| `REQ#{request id}`     | A send request: the ledger                                             |
| `TO#{n}#{request id}`  | The n-th recipient of an unsent request: see `further_recipients`      |
| `RATE#{second}`        | The slots of a second that workers have taken, and what they counted   |
| `RATE#{second}#{n}`    | The slots of another shard, where the account's rate is above 1,000    |
| `QUOTA`                | SES's last answer to GetAccount, and what was sent since               |
| `BACKOFF`              | How far SES's throttling has lowered the rate                          |
| `PAUSES`               | The paused streams and tenants, and when SES was asked about each      |
| `GUARD`                | What the guard remembers (ses_stack/guard/adapters/rows.py)            |
| `TENANT#{tenant}`      | Which worker asks SES about a tenant next                              |
| `WARMUP#{pool}#{day}`  | Recipients counted at each provider (`WarmUp.key` makes the key)       |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ses_stack.aws.items import Item, map_of, number_attributes, number_of, text_attributes, text_of
from ses_stack.mail.streams import STREAMS
from ses_stack.mail.times import epoch_seconds, epoch_utc_milliseconds
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Accepted, Backoff, SenderCounts, Window
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus, is_unsent

QUOTA_KEY = "QUOTA"
BACKOFF_KEY = "BACKOFF"
PAUSES_KEY = "PAUSES"
KNOWN_KEYS = (QUOTA_KEY, BACKOFF_KEY, PAUSES_KEY)
# No stream has a colon in its name.
_TENANT_PREFIX = "tenant:"


# The partition key of the index by_recipient. Only the rows of unsent requests have it, with their first recipient, so
# that DynamoDB writes nothing to the index for mail that is sent at once.
UNSENT_RECIPIENT = "unsent_recipient"


def request_key(request_id: str) -> str:
    """The key of a request's row."""
    return f"REQ#{request_id}"


def tenant_key(tenant: str) -> str:
    """The key of a tenant's row."""
    return f"TENANT#{tenant}"


def rate_key(second: int, shard: int = 0) -> str:
    """The key of the row of a second since 1970, or of one of its shards. The first has what workers counted, too."""
    return f"RATE#{second}#{shard}" if shard else f"RATE#{second}"


def ledger_row_of(entry: LedgerEntry, *, retention_days: int) -> Item:
    """The row of a request. Times are texts; `expires_at` is in seconds since 1970, as DynamoDB's TTL reads it."""
    texts = {
        "pk": request_key(entry.request_id),
        "status": entry.status.value,
        UNSENT_RECIPIENT: entry.recipient if is_unsent(entry) else None,
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
        "in_doubt": entry.in_doubt or None,
        "deferrals": entry.deferrals,
        "expires_at": int(entry.changed_at) + retention_days * 86_400,
    }
    row = text_attributes(texts) | number_attributes(numbers)
    if entry.suppressed:
        row["suppressed"] = {"M": {address: {"S": reason} for address, reason in entry.suppressed.items()}}
    return row


def ledger_entry_of(item: Mapping[str, Mapping[str, Any]]) -> LedgerEntry:
    """The request that a row holds."""
    changed_at = _seconds_of(item, "changed_at") or 0.0
    return LedgerEntry(
        request_id=item["pk"]["S"].removeprefix("REQ#"),
        status=RequestStatus(item["status"]["S"]),
        stream=text_of(item, "stream") or "",
        lane=text_of(item, "lane") or "",
        recipients=number_of(item, "recipients") or 0,
        recipient=text_of(item, UNSENT_RECIPIENT),
        queued_at=_seconds_of(item, "queued_at") or changed_at,
        changed_at=changed_at,
        claim=number_of(item, "claim") or 0,
        in_doubt=number_of(item, "in_doubt") or 0,
        claimed_at=_seconds_of(item, "claimed_at"),
        sent_at=_seconds_of(item, "sent_at"),
        message_id=text_of(item, "message_id"),
        reason=text_of(item, "reason"),
        until=_seconds_of(item, "until"),
        deferral=text_of(item, "deferral"),
        deferrals=number_of(item, "deferrals") or 0,
        suppressed={address: reason["S"] for address, reason in map_of(item, "suppressed").items()},
        evidence_at=_seconds_of(item, "evidence_at"),
    )


def window_of(row: Mapping[str, Mapping[str, Any]]) -> Window:
    """The window of a second that a row holds; an empty one if there is no row."""
    return Window(
        taken=int(number_in(row, "taken")),
        priority=int(number_in(row, "priority")),
        bulk=int(number_in(row, "bulk")),
    )


def accepted_of(row: Mapping[str, Mapping[str, Any]]) -> Accepted:
    """The recipients that SES accepted in a second."""
    return Accepted(
        priority=int(number_in(row, accepted_name("priority"))), bulk=int(number_in(row, accepted_name("bulk")))
    )


def accepted_name(lane: str) -> str:
    """The attribute that counts the recipients of a lane that SES accepted in a second."""
    return f"accepted_{lane}"


def counted_numbers(counts: SenderCounts, lane: str) -> dict[str, int]:
    """The attributes of a second that a worker's counts add to, without zeros."""
    numbers = {accepted_name(lane): counts.recipients, "deferrals": counts.deferrals, "throttles": counts.throttles}
    return {name: number for name, number in numbers.items() if number}


def sender_counts_of(row: Mapping[str, Mapping[str, Any]]) -> SenderCounts:
    """What all workers counted in a second."""
    accepted = accepted_of(row)
    return SenderCounts(
        recipients=accepted.priority + accepted.bulk,
        deferrals=int(number_in(row, "deferrals")),
        throttles=int(number_in(row, "throttles")),
        message_id=text_of(row, "message_id") or "",
    )


def known_of(rows: Mapping[str, Item]) -> KnownLimits:
    """What all workers know, of the rows with `KNOWN_KEYS`.

    A row `QUOTA` without GetAccount's answer says which worker asks first, and nothing of the limits.
    """
    quota, backoff = rows.get(QUOTA_KEY, {}), rows.get(BACKOFF_KEY)
    return KnownLimits(
        account=_limits_of(quota) if "read_at" in quota else None,
        backoff=_backoff_of(backoff) if backoff else Backoff(),
        pauses=_pauses_of(rows.get(PAUSES_KEY, {})),
        tenants=_tenant_pauses_of(rows.get(PAUSES_KEY, {})),
        resumed=_resumed_of(rows.get(PAUSES_KEY, {})),
    )


def pause_attribute(pause: StreamPause) -> dict[str, Any]:
    """A pause as the value of its stream's attribute in the row `PAUSES`."""
    return {"M": {"since": {"N": repr(pause.since)}} | text_attributes({"by": pause.by, "reason": pause.reason})}


def tenant_pause_attribute(pause: TenantPause) -> dict[str, Any]:
    """A pause as the value of its tenant's attribute in the row `PAUSES`."""
    return {"M": {"since": {"N": repr(pause.since)}, "asked_at": {"N": repr(pause.asked_at)}}}


def tenant_name(tenant: str) -> str:
    """The attribute of the row `PAUSES` that holds a tenant's pause."""
    return f"{_TENANT_PREFIX}{tenant}"


def resumed_name(stream: str) -> str:
    """The attribute of the row `PAUSES` that holds when an operator last resumed a stream."""
    return f"{stream}_resumed_at"


def asked_name(stream: str) -> str:
    """The attribute of the row `PAUSES` that holds when a worker last asked SES about a stream."""
    return f"{stream}_asked_at"


def _pauses_of(row: Item) -> dict[str, StreamPause]:
    return {stream: _pause_of(row, stream) for stream in STREAMS if stream in row}


def _pause_of(row: Item, stream: str) -> StreamPause:
    members = map_of(row, stream)
    return StreamPause(
        stream=stream,
        since=number_in(members, "since"),
        by=text_of(members, "by"),
        reason=text_of(members, "reason") or "",
        asked_at=number_in(row, asked_name(stream)),
    )


def _resumed_of(row: Item) -> dict[str, float]:
    return {stream: number_in(row, resumed_name(stream)) for stream in STREAMS if resumed_name(stream) in row}


def _tenant_pauses_of(row: Item) -> dict[str, TenantPause]:
    pauses = (
        TenantPause(
            tenant=name.removeprefix(_TENANT_PREFIX),
            since=number_in(map_of(row, name), "since"),
            asked_at=number_in(map_of(row, name), "asked_at"),
        )
        for name in row
        if name.startswith(_TENANT_PREFIX)
    )
    return {pause.tenant: pause for pause in pauses}


def _backoff_of(row: Item) -> Backoff:
    """A row that an older version wrote has no ceiling and no strikes."""
    ceiling = number_in(row, "ceiling") if "ceiling" in row else 1.0
    return Backoff(number_in(row, "factor"), number_in(row, "at"), ceiling, int(number_in(row, "strikes")))


def _limits_of(row: Item) -> AccountLimits:
    return AccountLimits(
        rate=number_in(row, "rate"),
        most=number_in(row, "most"),
        sent=number_in(row, "sent"),
        read_at=number_in(row, "read_at"),
        since=int(number_in(row, "since")),
        refused=number_in(row, "refused") > 0,
        stopped=text_of(row, "stopped") or None,
    )


def number_in(row: Mapping[str, Mapping[str, Any]], name: str) -> float:
    """A row's number; 0 if the row does not have it."""
    return float(row.get(name, {}).get("N", "0"))


def _time_text(seconds: float | None) -> str | None:
    # The text is cut to milliseconds. Half a millisecond more, and a time that was read from a row is written the same.
    return None if seconds is None else epoch_utc_milliseconds(seconds + 0.0005)


def _seconds_of(item: Mapping[str, Mapping[str, Any]], name: str) -> float | None:
    text = text_of(item, name)
    return None if text is None else epoch_seconds(text)
