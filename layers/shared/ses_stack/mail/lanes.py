"""Lanes: the sender's two queues.

Each lane has its own queue, so that much marketing mail does not delay a password reset.
"""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """One of the sender's two queues."""

    PRIORITY = "priority"
    BULK = "bulk"


LANES = PRIORITY, BULK = Lane.PRIORITY.value, Lane.BULK.value


def lane_of(stream: str) -> str:
    """The lane of a stream's mail: `priority` for transactional mail, `bulk` for all other mail."""
    return PRIORITY if stream == "transactional" else BULK
