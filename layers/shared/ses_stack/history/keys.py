"""The keys of EventTable: they make writes idempotent and independent of their order.

An event's key comes from the event alone, never from the queue: SES may publish an event twice, and EventBridge and
SQS may each deliver it twice, every time with a new message id.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from hashlib import blake2b

from ses_stack.history.events import RecipientEvent
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import epoch_seconds

FEED_SHARDS = 8
# The types that the feed shows. Deliveries, opens and clicks are left out: they are most of the volume, and DynamoDB
# charges a write for each index that a row appears in.
FEED_TYPES = frozenset(EventType) - {EventType.DELIVERY, EventType.OPEN, EventType.CLICK}

_SECONDS_PER_DAY = 86_400
# One encoder for all events: json.dumps with these options makes a new encoder for each.
_canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def fingerprint(kind: EventType, recipient: str | None, identity: Sequence[object]) -> str:
    """16 hex digits that differ between two events of the same message and millisecond.

    `identity` holds the JSON values that tell two events of this type apart: the feedback id of a bounce, or the link,
    IP address and user agent of a click.
    """
    return blake2b(_canonical_json([kind.value, recipient, *identity]).encode(), digest_size=8).hexdigest()


def event_key(event: RecipientEvent) -> str:
    """The sort key of EventTable: `{event time}#{type}#{fingerprint}`."""
    return f"{event.time}#{event.type.value}#{event.fingerprint}"


def feed_partition(event: RecipientEvent, *, request_sends: bool = True) -> str | None:
    """The partition of index by_time, `{hour}#{shard}`; None for an event that is not part of the feed.

    Without `request_sends`, the Send events of send requests are none: the ledger has a row of each request.
    """
    if event.type not in FEED_TYPES or (event.type is EventType.SEND and event.request_id and not request_sends):
        return None
    return f"{event.time[:13]}#{zlib.crc32(event.message_id.encode()) % FEED_SHARDS}"


def feed_partitions(hour: str) -> list[str]:
    """All partitions of one hour, which is written as in `2026-11-24T06`."""
    return [f"{hour}#{shard}" for shard in range(FEED_SHARDS)]


def expires_at(event_time: str, retention_days: int) -> int:
    """When DynamoDB may delete a row, in epoch **seconds**. Counted from the event: a replay does not change it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
    """
    return int(epoch_seconds(event_time)) + retention_days * _SECONDS_PER_DAY
