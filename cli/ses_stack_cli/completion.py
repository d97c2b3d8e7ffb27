"""What the shell completes for values that the command line knows without asking AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ses_stack.mail.event_types import EventType
from ses_stack.mail.streams import STREAMS

# The stack's dead-letter queues, by the names that `ses-stack dlq` prints. A test compares them with the template.
DEAD_LETTER_QUEUES = ("event", "rule", "suppression", "projector", "statistics-writer", "priority", "bulk")


def complete_stream(incomplete: str) -> list[str]:
    """Streams."""
    return _starting(STREAMS, incomplete)


def complete_scope(incomplete: str) -> list[str]:
    """Scopes of suppressions. A topic's name is the operator's own."""
    return _starting(("*", *STREAMS, "topic:"), incomplete)


def complete_dead_letter_queue(incomplete: str) -> list[str]:
    """Names of dead-letter queues."""
    return _starting(DEAD_LETTER_QUEUES, incomplete)


def complete_event_type(incomplete: str) -> list[str]:
    """Types of events."""
    return _starting((kind.value for kind in EventType), incomplete)


def _starting(values: Iterable[str], incomplete: str) -> list[str]:
    return [value for value in values if value.startswith(incomplete)]
