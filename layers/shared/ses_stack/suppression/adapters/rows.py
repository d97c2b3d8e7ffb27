"""Facts, suppressions and what is current, as SuppressionTable rows in DynamoDB's wire form, and back.

Under one recipient lie, by sort key (`scope`):

- `*`, `marketing`, `topic:NAME`: the list, one row per scope that is suppressed;
- `~current`: the same in one row, for `check`; its version guards all that is derived;
- `~fact#{time}#{kind}#{hash}`: what the list is derived from;
- `~received#{time}#delivery#{hash}`: deliveries, apart, because of an address that gets much mail only the newest
  matters.

`~current` sorts before the facts, so a Query reads it first: facts that it finds after may be newer, never older.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from ses_stack.aws.items import Item, map_of, number_attributes, number_of, text_attributes, text_of
from ses_stack.suppression.current import Current
from ses_stack.suppression.policy import EVERYTHING, Fact, FactKind, Policy, Reason, Source, Suppression, expires_at

CURRENT = "~current"
FACTS, FACTS_END = "~fact#", "~fact~"
RECEIVED = "~received#"
SHARDS = 16


def fact_key(fact: Fact) -> str:
    """The sort key of a fact."""
    return (RECEIVED if fact.kind is FactKind.DELIVERY else FACTS) + fact.key


def fact_item(fact: Fact, policy: Policy) -> Item:
    """The row of one fact. Default values are omitted: DynamoDB charges for stored bytes."""
    texts = {
        "recipient": fact.recipient,
        "scope": fact_key(fact),
        "in_scope": fact.scope if fact.scope != EVERYTHING else None,
        "reason": fact.reason and fact.reason.value,
        "subtype": fact.subtype,
        "source": fact.source.value if fact.source is not Source.EVENT else None,
        "message_id": fact.message_id,
        "as_spelled": fact.as_spelled if fact.as_spelled != fact.recipient else None,
        "by": fact.by,
        "note": fact.note,
        "until": fact.until,
    }
    return text_attributes(texts) | number_attributes({"expires_at": expires_at(fact, policy)})


def fact_of(item: Mapping[str, Any]) -> Fact:
    """The fact in a row."""
    _, time, kind, _ = item["scope"]["S"].split("#", 3)
    recipient, reason = item["recipient"]["S"], text_of(item, "reason")
    return Fact(
        recipient=recipient,
        kind=FactKind(kind),
        time=time,
        scope=text_of(item, "in_scope") or EVERYTHING,
        reason=Reason(reason) if reason else None,
        subtype=text_of(item, "subtype"),
        source=Source(text_of(item, "source") or Source.EVENT),
        message_id=text_of(item, "message_id"),
        as_spelled=text_of(item, "as_spelled") or recipient,
        by=text_of(item, "by"),
        note=text_of(item, "note"),
        until=text_of(item, "until"),
    )


def list_item(suppression: Suppression) -> Item:
    """The row of one line of the list. `shard` puts it into index by_list, where only such rows are."""
    key = {"recipient": suppression.recipient, "scope": suppression.scope, "shard": shard_of(suppression.recipient)}
    return text_attributes(key) | _line(suppression)


def shard_of(recipient: str) -> str:
    """The partition of index by_list: several, so that a big import finds none of them hot."""
    return f"{zlib.crc32(recipient.encode()) % SHARDS:02}"


def suppression_of(item: Mapping[str, Any], *, recipient: str, scope: str) -> Suppression:
    """The suppression in a row of the list, or in the line of `~current` for the scope."""
    return Suppression(
        recipient=recipient,
        scope=scope,
        reason=Reason(item["reason"]["S"]),
        subtype=text_of(item, "subtype"),
        event_time=item["event_time"]["S"],
        source=Source(item["source"]["S"]),
        message_id=text_of(item, "message_id"),
        as_spelled=item["as_spelled"]["S"],
        expires_at=number_of(item, "expires_at"),
    )


def current_item(recipient: str, current: Current, *, until: int | None) -> Item:
    """The row of what is current. `until`: when the last of its facts may be forgotten; None: never."""
    lines = {scope: {"M": _line(suppression)} for scope, suppression in current.suppressions.items()}
    return (
        text_attributes({"recipient": recipient, "scope": CURRENT, "mark": current.mark})
        | number_attributes({"version": current.version})
        | {"list": {"M": lines}}
        | number_attributes({"expires_at": until})
    )


def current_of(item: Mapping[str, Any]) -> Current:
    """What the row says is current."""
    recipient = item["recipient"]["S"]
    lines = map_of(item, "list")
    return Current(
        version=int(item["version"]["N"]),
        suppressions={
            scope: suppression_of(line["M"], recipient=recipient, scope=scope) for scope, line in lines.items()
        },
        mark=text_of(item, "mark"),
    )


def _line(suppression: Suppression) -> Item:
    texts = {
        "reason": suppression.reason.value,
        "subtype": suppression.subtype,
        "event_time": suppression.event_time,
        "source": suppression.source.value,
        "message_id": suppression.message_id,
        "as_spelled": suppression.as_spelled,
    }
    return text_attributes(texts) | number_attributes({"expires_at": suppression.expires_at})
