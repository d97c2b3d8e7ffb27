"""Dead letters: messages of a dead-letter queue, and why each is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ses_stack.mail.event_types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """How many messages a queue has, as SQS approximates it.

    `visible` messages can be received. `invisible` ones were received and not deleted: a reader hides them.
    """

    visible: int
    invisible: int

    @property
    def total(self) -> int:
        """All messages, visible or not."""
        return self.visible + self.invisible


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterMessage:
    """One received message of a dead-letter queue.

    `attributes` are the message attributes in the form that SQS's API gives. `sent_at` is in epoch seconds, `group` is
    the MessageGroupId.
    """

    id: str
    receipt: str
    body: str
    sent_at: float
    receive_count: int
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group: str | None = None

    def attribute(self, name: str) -> str | None:
        """The text of a message attribute."""
        return self.attributes.get(name, {}).get("StringValue")

    def size(self) -> int:
        """The bytes that SQS counts: the body, and the attributes' names, types and values."""
        return len(self.body.encode()) + sum(
            len(name.encode())
            + len(attribute.get("DataType", ""))
            + len(attribute.get("StringValue", "").encode())
            + len(attribute.get("BinaryValue", b""))
            for name, attribute in self.attributes.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a message became a dead letter, and its subject.

    The subject is an event (`type`, and `message_id` of SES), a send request (`request_id`, `stream`), or a number of
    `records` of a table stream. `malformed`: the message still cannot be parsed, and would become a dead letter again.
    """

    cause: str
    type: EventType | None = None
    message_id: str | None = None
    request_id: str | None = None
    stream: str | None = None
    records: int | None = None
    malformed: bool = False
