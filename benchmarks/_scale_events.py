"""The scale benchmark's events: their rows in EventTable, SuppressionTable and StatisticsTable, and in all indexes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator

from benchmarks._scale_mail import START, EventsOfSecond, Sample
from benchmarks._scale_statistics import Statistics
from benchmarks._scale_units import Units
from benchmarks._template import default_of
from ses_stack.aws.items import Item, text_attributes
from ses_stack.aws.json_api import Answer
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key, feed_partition
from ses_stack.mail.event_types import EventType
from ses_stack.suppression.adapters.account_turns import AccountTurnsTable
from ses_stack.suppression.adapters.list_transactions import actions_of
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.feedback import Feedback, facts_of
from ses_stack.suppression.list_changes import RecipientState, change_for
from ses_stack.suppression.policy import Policy

_POLICY = Policy()
_REQUEST_SENDS = default_of("RequestSendsInTail") == "true"
_SUPPRESSING = {EventType.BOUNCE, EventType.COMPLAINT}
# A new table on demand has four partitions; each takes 1,000 write units a second, and is a shard of the table stream.
_FEWEST_SHARDS, _UNITS_PER_SHARD = 4, 1_000
# The statistics' windows before the minute: one event a second or so for each shard.
_EARLIER_SECONDS, _STEP_SECONDS, _EARLIER_RATE_PER_SHARD = 1_770, 60, 40


def count_events(units: Units, rate: int, seconds: int) -> None:
    """Writes the rows of all events that SES publishes in so many seconds."""
    shards = max(_FEWEST_SHARDS, math.ceil(rate * EventsOfSecond.PER_RECIPIENT / _UNITS_PER_SHARD))
    statistics = Statistics(shards)
    earlier = EventsOfSecond(shards * _EARLIER_RATE_PER_SHARD)
    for second in range(START - _EARLIER_SECONDS, START, _STEP_SECONDS):
        statistics.take(second, (_row(event, sample) for _, event, sample in earlier.at(second)))
    events = EventsOfSecond(rate)
    for second in range(START, START + seconds):
        for key, count in statistics.take(second, _written(units, events, second)).items():
            units.add(second, "StatisticsTable", key, count)


def _written(units: Units, events: EventsOfSecond, second: int) -> Iterator[Item]:
    """Writes the rows of a second's events into the history and the suppression list; the history's rows."""
    for kind, event, sample in events.at(second):
        row = _row(event, sample)
        units.write(second, "EventTable", row, size=sample.size)
        if event.type in _SUPPRESSING:
            for suppression_row in _suppression_rows(kind, event, second):
                units.write(second, "SuppressionTable", suppression_row, times=2)  # in a transaction
            _Turns(units, second).take()
        yield row


class _Turns:
    """The turns at SES's own list. At worst, each bounce and complaint is in a batch of its own and takes one."""

    def __init__(self, units: Units, second: int) -> None:
        self._units, self._second = units, second

    def take(self) -> None:
        AccountTurnsTable(self, name="SuppressionTable", now=lambda: self._second).take(1, until=math.inf)

    def calls(self, _operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer]:  # noqa: ARG002
        for body in bodies:
            key = json.loads(body)["Key"]["recipient"]["S"]
            self._units.add(self._second, "SuppressionTable", key, 1)
            yield Answer(200, {"Attributes": {"free_at": {"N": str(self._second)}}})


def _row(event: RecipientEvent, sample: Sample) -> Item:
    """The event's row: the sample's, with what differs."""
    texts = {
        "message_id": event.message_id,
        "event_key": event_key(event),
        "recipient": event.recipient,
        "feed": feed_partition(event, request_sends=_REQUEST_SENDS),
        "provider": event.provider,
        "stream": event.stream,
    }
    tags = {name: {"L": [{"S": value} for value in values]} for name, values in event.tags.items()}
    return sample.row | text_attributes(texts) | {"tags": {"M": tags}}


def _suppression_rows(kind: str, event: RecipientEvent, second: int) -> Iterator[Item]:
    """The rows that the suppression writer puts for the first bounce or complaint of a recipient."""
    recipient = event.recipient or ""
    change = change_for(recipient, RecipientState(), _facts(kind, event, recipient), _POLICY, float(second))
    actions = actions_of(change, name="SuppressionTable", policy=_POLICY) if change else []
    return (action["Put"]["Item"] for action in actions if "Put" in action)


def _facts(kind: str, event: RecipientEvent, recipient: str) -> list[Fact]:
    is_soft = kind == "soft_bounce"
    return facts_of(
        Feedback(
            type=event.type,
            message_id=event.message_id,
            time=event.time,
            recipients=[recipient],
            bounce_type="Transient" if is_soft else "Permanent",
            subtype=None if event.type is EventType.COMPLAINT else "MailboxFull" if is_soft else "General",
            with_status=[recipient],
        )
    )
