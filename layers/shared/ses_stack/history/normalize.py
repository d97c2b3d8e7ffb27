"""A batch of queue records becomes history: each record alone, so that a bad one takes no other with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ses_stack.errors import RecordError
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """One message of the event queue: SQS's message id, and its text."""

    id: str
    body: str


class History(Protocol):
    """What keeps recipient events; writing one again changes nothing."""

    def write(self, events: Iterable[RecipientEvent], *, until: float) -> Mapping[tuple[str, str], str]:
        """Keeps the events; gives the (message id, event key) of those it could not keep, with the reason."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch. `failed` maps the ids of records that must come again to the reason."""

    stored: int = 0
    ignored: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The answer that has Lambda delete every record but the failed ones.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in self.failed]}


def normalize(
    records: Sequence[QueueRecord],
    *,
    parse: Callable[[str], Sequence[RecipientEvent]],
    history: History,
    until: float,
) -> Outcome:
    """Parses every record, then writes all events together, then says which records must come again.

    A record fails if it cannot be parsed, or if a row of it could not be written before `until` (monotonic seconds).
    """
    outcome = Outcome()
    parsed: dict[str, Sequence[RecipientEvent]] = {}
    for record in records:
        try:
            parsed[record.id] = parse(record.body)
        except RecordError as error:
            outcome.failed[record.id] = error.cause
    unwritten = history.write((event for events in parsed.values() for event in events), until=until)
    for record_id, events in parsed.items():
        reasons = [unwritten[key] for event in events if (key := (event.message_id, event_key(event))) in unwritten]
        if reasons:
            outcome.failed[record_id] = f"not written: {reasons[0]}"
        else:
            outcome.stored += len(events)
            outcome.ignored += not events
    return outcome
