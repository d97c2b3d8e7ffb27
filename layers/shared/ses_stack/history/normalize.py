"""A batch of queue records becomes history. Each record fails or succeeds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.errors import RecordError
from ses_stack.history.events import ParsedRecord, RecipientEvent
from ses_stack.history.keys import event_key


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """One message of the event queue: SQS's message id, and the message's body."""

    id: str
    body: str


class EventWriter(Protocol):
    """Writes recipient events. Writing an event again changes nothing."""

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> Mapping[tuple[str, str], str]:
        """Writes the events, and returns a reason for each (message id, event key) that was not written.

        `until` is the deadline, in seconds of `time.monotonic()`.
        """


@dataclass(slots=True)
class NormalizedBatch:
    """The result of a batch: events stored, records ignored, and the failed records' ids, each with the reason."""

    stored: int = 0
    ignored: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The handler's answer to Lambda, which then deletes every record but the failed ones.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self.failed]}


def normalize(
    records: Sequence[QueueRecord],
    *,
    parse: Callable[[str], ParsedRecord],
    writer: EventWriter,
    until: float,
) -> NormalizedBatch:
    """Parses every record, then writes all events together.

    A record fails if `parse` raises a `RecordError`, if one of its recipients cannot be read, or if one of its events
    could not be written before `until`, in seconds of `time.monotonic()`. The events of its other recipients are
    written all the same.
    """
    batch = NormalizedBatch()
    parsed = _parsed(records, parse, batch)
    unwritten = writer.write((event for record in parsed.values() for event in record.events), until=until)
    for record_id, record in parsed.items():
        keys = [(event.message_id, event_key(event)) for event in record.events]
        if reasons := [unwritten[key] for key in keys if key in unwritten]:
            batch.failed[record_id] = f"not written: {reasons[0]}"
        elif record.unreadable:
            batch.failed[record_id] = record.unreadable.cause
            batch.stored += len(keys)
        else:
            batch.stored += len(keys)
            batch.ignored += not keys
    return batch


def _parsed(
    records: Sequence[QueueRecord], parse: Callable[[str], ParsedRecord], batch: NormalizedBatch
) -> dict[str, ParsedRecord]:
    """The events of each record by the record's id. A record that cannot be parsed is counted as failed."""
    parsed: dict[str, ParsedRecord] = {}
    for record in records:
        try:
            parsed[record.id] = parse(record.body)
        except RecordError as error:
            batch.failed[record.id] = error.cause
    return parsed
