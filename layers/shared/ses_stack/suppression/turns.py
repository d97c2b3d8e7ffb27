"""Records of the suppression queue, and the copies of them that wait for a turn at SES's list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message of the suppression queue. `turn`: when its turn at SES's list is, if it waited for one."""

    id: str
    body: str
    turn: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A record to be sent again, to come after `delay` seconds, with its turn if it has one."""

    record_id: str
    body: str
    delay: int
    turn: float | None
