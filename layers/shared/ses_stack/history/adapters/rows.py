"""Recipient events as EventTable rows, in DynamoDB's wire form, and back.

A row normally fits one write unit (1 KB): an event then costs one unit in the table and one in each index it is in.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ses_stack.aws.items import Item, map_of, number_attributes, text_attributes, text_of
from ses_stack.history.adapters import raw
from ses_stack.history.events import Bot, RecipientEvent
from ses_stack.history.keys import event_key, expires_at, feed_partition
from ses_stack.mail.event_types import EventType

# The most bytes that DynamoDB allows an item, names included. All but the raw payload is bounded by SES and the parser.
ITEM_LIMIT = 400 * 1024

# Message id and event key: the primary key of a row.
type PrimaryKey = tuple[str, str]

# The rows of one record's recipients follow each other and share the raw payload: it is packed once.
_pack = lru_cache(maxsize=1)(raw.pack)


def item_of(event: RecipientEvent, *, retention_days: int, request_sends: bool = True) -> Item:
    """The row of one event. `raw` is bytes, which a writer of JSON must encode in Base64.

    `request_sends`: whether the feed has Send events of send requests.
    """
    item = text_attributes(
        {
            "message_id": event.message_id,
            "event_key": event_key(event),
            "type": event.type.value,
            "subtype": event.subtype,
            "recipient": event.recipient,
            "provider": event.provider,
            "stream": event.stream,
            "subject": event.subject,
            "sender": event.sender,
            "detail": event.detail,
            "bot": event.bot and event.bot.value,
            "request_id": event.request_id,
            "feed": feed_partition(event, request_sends=request_sends),
        }
    )
    if event.tags:
        item["tags"] = {"M": {name: {"L": [{"S": value} for value in values]} for name, values in event.tags.items()}}
    item |= number_attributes({"expires_at": expires_at(event.time, retention_days)})
    shared = _texts_shared_with_raw(event.message_id, event.subject, event.sender, event.detail)
    item["raw"] = {"B": _pack(event.raw, shared)}
    return item


def event_of(item: Mapping[str, Any]) -> RecipientEvent:
    """The event in a row. Values that an index or a projection leaves out are empty."""
    message_id, key = key_of(item)
    time, _, rest = key.partition("#")
    kind, _, fingerprint = rest.partition("#")
    subject, sender, detail = text_of(item, "subject"), text_of(item, "sender"), text_of(item, "detail")
    shared = _texts_shared_with_raw(message_id, subject, sender, detail)
    return RecipientEvent(
        message_id=message_id,
        type=EventType(kind),
        time=time,
        fingerprint=fingerprint,
        recipient=text_of(item, "recipient"),
        provider=text_of(item, "provider"),
        stream=text_of(item, "stream") or "",
        raw=raw.unpack(bytes(item["raw"]["B"]), shared) if "raw" in item else "",
        subtype=text_of(item, "subtype"),
        detail=detail,
        subject=subject,
        sender=sender,
        tags={name: [value["S"] for value in values["L"]] for name, values in map_of(item, "tags").items()},
        bot=Bot(item["bot"]["S"]) if "bot" in item else None,
        request_id=text_of(item, "request_id"),
    )


def key_of(item: Mapping[str, Any]) -> PrimaryKey:
    """The primary key of a row: message id and event key."""
    return item["message_id"]["S"], item["event_key"]["S"]


def size_of(item: Item) -> int:
    """The bytes that DynamoDB counts for a row: names and values, and a few for every nested value.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return len(content.strip("-.0")) // 2 + 2
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(nested) for name, nested in content.items())
        case _:
            return 3 + sum(1 + _value_size(nested) for nested in content)


def _texts_shared_with_raw(*texts: str | None) -> tuple[str, ...]:
    """The texts of a row that its raw payload repeats. The recipient is left out: it differs between rows."""
    return tuple(text for text in texts if text)
