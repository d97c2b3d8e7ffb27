"""A send request's whole story: what the ledger says of it, and what SES's events say of its message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ses_stack.history.lookup import MessageReader, timeline
from ses_stack.history.timeline import Timeline
from ses_stack.sending.ledger import LedgerEntry


class Requests(Protocol):
    """What knows the ledger's rows."""

    def of_request(self, request_id: str) -> LedgerEntry | None:
        """A request's row; None if the sender has not seen it, or long ago."""


@dataclass(frozen=True, slots=True)
class Story:
    """Both sides. At least one is there: mail that was not queued has no entry, mail that was not sent no timeline."""

    entry: LedgerEntry | None
    timeline: Timeline | None


def story(messages: MessageReader, requests: Requests | None, name: str) -> Story | None:
    """The story behind a message id, or a request id; None if nothing is known of either."""
    if found := timeline(messages, name):
        entry = requests.of_request(found.request_id) if requests and found.request_id else None
        return Story(entry, found)
    entry = requests.of_request(name) if requests else None
    if entry is None:
        return None
    return Story(entry, timeline(messages, entry.message_id) if entry.message_id else None)
