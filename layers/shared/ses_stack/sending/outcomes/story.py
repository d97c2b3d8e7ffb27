"""A send request's whole story: its row in the ledger, and the timeline of its message in the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ses_stack.history.lookup import MessageReader, timeline
from ses_stack.history.timeline import Timeline
from ses_stack.sending.outcomes.ledger import LedgerEntry


class LedgerReader(Protocol):
    """Reads the ledger's rows."""

    def of_request(self, request_id: str) -> LedgerEntry | None:
        """A request's row; None if the sender has not received the request yet, or if the row has expired."""


@dataclass(frozen=True, slots=True)
class Story:
    """A request's ledger entry and its message's timeline; at least one of them.

    Mail that an application sends straight through SES has no entry. Mail that was not sent has no timeline.
    """

    entry: LedgerEntry | None
    timeline: Timeline | None


def story(messages: MessageReader, ledger: LedgerReader | None, name: str) -> Story | None:
    """The story of a message id or a request id; None if neither the history nor the ledger has it."""
    if found := timeline(messages, name):
        entry = ledger.of_request(found.request_id) if ledger and found.request_id else None
        return Story(entry, found)
    entry = ledger.of_request(name) if ledger else None
    if entry is None:
        return None
    return Story(entry, timeline(messages, entry.message_id) if entry.message_id else None)
