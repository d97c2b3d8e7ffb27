"""Records of the suppression queue, and the copies of them that wait for a turn at SES's account-level list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRecord:
    """One message of the suppression queue.

    `turn` (epoch seconds): when the record may change SES's list, if it is a copy that waited for that; else None.
    """

    id: str
    body: str
    turn: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionCopy:
    """A copy of a record, for the same queue. SQS delivers it after `delay` seconds. `turn`: as in the record."""

    record_id: str
    body: str
    delay: int
    turn: float | None
