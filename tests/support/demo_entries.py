"""Ledger entries for the demonstration's tests."""

from __future__ import annotations

from typing import Any

from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus


def entry(
    name: str = "r", *, lane: str = "bulk", status: RequestStatus = RequestStatus.SENT, **fields: Any
) -> LedgerEntry:
    """An entry of a request to one recipient, queued at second 100."""
    plain = {"stream": "marketing", "recipients": 1, "queued_at": 100.0, "changed_at": 101.0}
    return LedgerEntry(request_id=name, status=status, lane=lane, **plain | fields)
