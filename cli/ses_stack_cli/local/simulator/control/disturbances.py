"""Routes that inject faults into the API and chaos into publishing."""

from __future__ import annotations

from dataclasses import asdict, replace

from ses_stack_cli.local.simulator.control.request import ControlRequest, Json, check_members
from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.faults import FaultRequest
from ses_stack_cli.local.simulator.json_bodies import read


async def get_chaos(request: ControlRequest) -> Json:
    """The chaos that applies to new events."""
    return asdict(request.simulator.publisher.chaos)


async def put_chaos(request: ControlRequest) -> Json:
    """Changes the chaos for events of messages sent from now on. Members that the body does not name stay."""
    publisher, body = request.simulator.publisher, request.json()
    check_members(body, asdict(publisher.chaos))
    try:
        publisher.chaos = replace(publisher.chaos, **body)
    except (TypeError, ValueError) as error:
        raise bad_request(str(error)) from None
    return asdict(publisher.chaos)


async def get_faults(request: ControlRequest) -> Json:
    """The faults that still strike."""
    return {"faults": request.simulator.faults.documents()}


async def post_fault(request: ControlRequest) -> Json:
    """Injects a fault."""
    return asdict(request.simulator.faults.add(read(FaultRequest, request.body)))


async def delete_faults(request: ControlRequest) -> Json:
    """Removes every fault."""
    request.simulator.faults.clear()
    return {"faults": []}
