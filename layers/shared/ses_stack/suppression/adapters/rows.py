"""Rows of SuppressionTable, in DynamoDB's wire form: facts, lines of the list, and current lists.

A recipient's rows by sort key (`scope`):

| sort key | row |
|---|---|
| `*`, `marketing`, `topic:NAME` | the list: one row per suppressed scope |
| `~current` | the whole list in one row, for the check; its version guards every change |
| `~fact#{time}#{kind}#{hash}` | a fact |
| `~received#{time}#delivery#{hash}` | a delivery; apart from other facts, because few of them are read |

`~current` sorts before the facts, so a Query reads it first: the facts that it reads afterwards may be newer than the
current list, never older.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from ses_stack.aws.items import Item, map_of, number_attributes, number_of, text_attributes, text_of
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.list_changes import CurrentList, RecipientState
from ses_stack.suppression.policy import Policy, Suppression, expires_at
from ses_stack.suppression.scopes import EVERYTHING

CURRENT = "~current"
FACTS, FACTS_END = "~fact#", "~fact~"
RECEIVED, RECEIVED_END = "~received#", "~received~"
SHARDS = 16
# The attribute of `~current` that holds the account-list state.
ACCOUNT_LIST_STATE = "mark"


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
    """The row of one line of the list. `shard` puts it into index by_list, which has only such rows."""
    key = {"recipient": suppression.recipient, "scope": suppression.scope, "shard": shard_of(suppression.recipient)}
    return text_attributes(key) | _line_attributes(suppression)


def shard_of(recipient: str) -> str:
    """The recipient's partition of index by_list. There are several, so that a big import does not make one hot."""
    return f"{zlib.crc32(recipient.encode()) % SHARDS:02}"


def suppression_of(item: Mapping[str, Any], *, recipient: str, scope: str) -> Suppression:
    """The suppression in a row of the list, or in the entry of `~current` for the scope."""
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


def current_item(recipient: str, current: CurrentList, *, until: int | None) -> Item:
    """The row of a current list. `until` (epoch seconds): when its last fact may be deleted; None: never."""
    lines = {scope: {"M": _line_attributes(suppression)} for scope, suppression in current.suppressions.items()}
    return (
        text_attributes({"recipient": recipient, "scope": CURRENT, ACCOUNT_LIST_STATE: current.account_list_state})
        | number_attributes({"version": current.version})
        | {"list": {"M": lines}}
        | number_attributes({"expires_at": until})
    )


def current_of(item: Mapping[str, Any]) -> CurrentList:
    """The current list in a row."""
    recipient = item["recipient"]["S"]
    lines = map_of(item, "list")
    return CurrentList(
        version=int(item["version"]["N"]),
        suppressions={
            scope: suppression_of(line["M"], recipient=recipient, scope=scope) for scope, line in lines.items()
        },
        account_list_state=text_of(item, ACCOUNT_LIST_STATE),
    )


def state_of_rows(rows: Sequence[Mapping[str, Any]]) -> RecipientState:
    """The state in a recipient's rows: the current list, if there is one, and facts."""
    current = next((current_of(row) for row in rows if row["scope"]["S"] == CURRENT), CurrentList())
    return RecipientState(current=current, facts=[fact_of(row) for row in rows if row["scope"]["S"] != CURRENT])


def row_key(recipient: str, scope: str) -> Item:
    """The primary key of a row."""
    return {"recipient": {"S": recipient}, "scope": {"S": scope}}


def _line_attributes(suppression: Suppression) -> Item:
    texts = {
        "reason": suppression.reason.value,
        "subtype": suppression.subtype,
        "event_time": suppression.event_time,
        "source": suppression.source.value,
        "message_id": suppression.message_id,
        "as_spelled": suppression.as_spelled,
    }
    return text_attributes(texts) | number_attributes({"expires_at": suppression.expires_at})
