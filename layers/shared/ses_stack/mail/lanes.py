"""Lanes: the sender's two queues."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """The sender's two queues."""

    PRIORITY = "priority"
    BULK = "bulk"


LANES = PRIORITY, BULK = Lane.PRIORITY.value, Lane.BULK.value


def lane_of(stream: str) -> str:
    """Only transactional mail takes the priority lane: what nobody called urgent must not delay what somebody did."""
    return PRIORITY if stream == "transactional" else BULK
