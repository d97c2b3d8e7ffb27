"""Records of the history's table stream, as the statistics count them.

Only new rows count. An event that arrives again overwrites its row, which is a MODIFY record. A row that DynamoDB
expired may be inserted again, by a replay of old events: its `expires_at` has passed by then, and it does not count
again. So an event that is stored for the first time after its row would have expired does not count either.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ses_stack.history.events import Bot
from ses_stack.mail.addresses import OTHER_PROVIDER, PROVIDERS, SIMULATOR
from ses_stack.mail.event_types import EventType
from ses_stack.mail.streams import DEFAULT_STREAM
from ses_stack.statistics.campaigns import CAMPAIGN_TAG
from ses_stack.statistics.counters import Counter, counter_of
from ses_stack.statistics.grains import Grain, bucket_of, start_of
from ses_stack.statistics.windows import SIMULATOR_STREAM

# DynamoDB's sequence numbers have at most 40 digits. With leading zeros, their order is that of texts: a number of
# DynamoDB's holds 38 digits only.
_SEQUENCE_DIGITS = 40
_BOTS = {bot.value: bot for bot in Bot}


class CountedEvent(NamedTuple):
    """What the statistics need of one event.

    `sequence` is the record's place in its shard, in the order of texts. `minutes` is the event's bucket of five
    minutes, which lies in one hour and one day. `campaign` is empty for mail without one.
    """

    sequence: str
    minutes: str
    stream: str
    campaign: str
    provider: str
    counter: Counter


def sequence_of(record: Mapping[str, Any]) -> str:
    """A record's place in its shard: a text that is greater for a later record."""
    return str(record["dynamodb"]["SequenceNumber"]).zfill(_SEQUENCE_DIGITS)


def counted_event(record: Mapping[str, Any]) -> CountedEvent | None:
    """The event in a record; None if it does not count: no new row, a row inserted again, or one without a time."""
    change = record["dynamodb"]
    row = change.get("NewImage")
    if record.get("eventName") != "INSERT" or not row or _is_expired(row, change):
        return None
    minutes = _minutes(_text(row, "event_key")[:16])
    if not minutes:
        return None
    provider = _text(row, "provider")
    is_test = provider == SIMULATOR
    return CountedEvent(
        sequence=sequence_of(record),
        minutes=minutes,
        stream=SIMULATOR_STREAM if is_test else _text(row, "stream") or DEFAULT_STREAM,
        campaign="" if is_test else _campaign(row),
        provider=provider if provider in PROVIDERS else OTHER_PROVIDER,
        counter=counter_of(
            EventType.from_name(_text(row, "type")),
            subtype=_text(row, "subtype"),
            detail=_text(row, "detail"),
            bot=_BOTS.get(_text(row, "bot"), Bot.UNKNOWN),
        ),
    )


def _is_expired(row: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    """Whether the row had expired before it was written. Without both times it had not."""
    expires_at, written_at = row.get("expires_at", {}).get("N"), change.get("ApproximateCreationDateTime")
    return expires_at is not None and written_at is not None and int(expires_at) < float(written_at)


@lru_cache(maxsize=4096)
def _minutes(time: str) -> str:
    """The bucket of a time to the minute; empty for a text that is no time."""
    try:
        bucket = bucket_of(Grain.FIVE_MINUTES, time)
        start_of(bucket)
    except ValueError:
        return ""
    return bucket


def _campaign(row: Mapping[str, Any]) -> str:
    values = row.get("tags", {}).get("M", {}).get(CAMPAIGN_TAG, {}).get("L", ())
    return str(values[0].get("S", "")) if values else ""


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name, {}).get("S", ""))
