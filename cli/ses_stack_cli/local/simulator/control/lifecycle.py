"""Routes that wait for events, and that reset the simulator."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict, Field

from ses_stack_cli.local.simulator.control.request import ControlRequest, Json
from ses_stack_cli.local.simulator.json_bodies import read

_POLL_SECONDS = 0.05


class DrainRequest(BaseModel):
    """How many seconds to wait for events at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(30.0, ge=0, le=600)


async def drain(request: ControlRequest) -> Json:
    """How many events still wait; with POST, waits up to `timeout` seconds (30) until none does."""
    simulator, publisher = request.simulator, request.simulator.publisher
    left = read(DrainRequest, request.body).timeout if request.method == "POST" else 0.0
    while publisher.pending and left > 0:
        await asyncio.sleep(min(_POLL_SECONDS, left))
        left -= _POLL_SECONDS
    due = publisher.schedule.next_due()
    wait = None if due is None else round(max(due - simulator.clock(), 0), 3)
    return {"pending": publisher.pending, "next_in_seconds": wait}


async def reset(request: ControlRequest) -> Json:
    """Sets everything back as it was at the start."""
    request.simulator.reset()
    return {"status": "ok"}
