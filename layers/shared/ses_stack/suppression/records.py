"""Records of the suppression queue, and the copies of them that are processed again later.

A copy waits for a turn at SES's account-level list, or for the history to have every delivery of its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRecord:
    """One message of the suppression queue.

    `turn` (epoch seconds): when the record may change SES's list, if it is a copy that waited for that; else None.
    `is_recheck`: it is a copy that settles a soft-bounce suppression again.
    """

    id: str
    body: str
    turn: float | None = None
    is_recheck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionCopy:
    """A copy of a record, for the same queue. SQS delivers it after `delay` seconds. The rest is as in the record."""

    record_id: str
    body: str
    delay: int
    turn: float | None = None
    is_recheck: bool = False


class SuppressionQueue(Protocol):
    """The suppression queue."""

    def send(self, copies: Sequence[SuppressionCopy], *, until: float) -> Mapping[str, str]:
        """Sends copies; returns the ids of records whose copy was not sent, with the reason."""
