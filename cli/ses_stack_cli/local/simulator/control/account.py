"""Routes that change the account: its limits, its standing, its identities."""

from __future__ import annotations

from dataclasses import asdict

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.control.request import ControlRequest, Json, check_members
from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.simulator import Simulator

_ENFORCEMENT = ("HEALTHY", "PROBATION", "SHUTDOWN")


async def get_quota(request: ControlRequest) -> Json:
    """The limits, and the usage of the last 24 hours."""
    return quota_document(request.simulator)


async def put_quota(request: ControlRequest) -> Json:
    """Changes the limits that the body names. `sent_last_24_hours`: as if so many had been sent just now."""
    simulator, body = request.simulator, request.json()
    check_members(body, quota_document(simulator))
    if wrong := [name for name, value in body.items() if not isinstance(value, int | float)]:
        raise bad_request(f"not a number: {', '.join(wrong)}")
    if "max_send_rate" in body:
        simulator.rate.change(float(body["max_send_rate"]))
    if "max_24_hour_send" in body:
        simulator.quota.limit = float(body["max_24_hour_send"])
    if "sent_last_24_hours" in body:
        simulator.quota.pretend(int(body["sent_last_24_hours"]))
    if "control_plane_rate" in body:
        simulator.control.change(float(body["control_plane_rate"]))
    return quota_document(simulator)


async def put_account(request: ControlRequest) -> Json:
    """Pauses, suspends or restores the account; names identities that are not verified."""
    account, body = request.simulator.account, request.json()
    check_members(body, asdict(account))
    if body.get("enforcement", "HEALTHY") not in _ENFORCEMENT:
        raise bad_request("enforcement is HEALTHY, PROBATION or SHUTDOWN")
    for name, value in body.items():
        kind = type(getattr(account, name))
        if not isinstance(value, list if kind is set else kind):
            raise bad_request(f"{name} has the wrong kind")
        setattr(account, name, {address_key(each) for each in value} if kind is set else value)
    return {name: sorted(value) if isinstance(value, set) else value for name, value in asdict(account).items()}


def quota_document(simulator: Simulator) -> Json:
    """The limits as JSON."""
    return {
        "max_send_rate": simulator.rate.rate,
        "max_24_hour_send": simulator.quota.limit,
        "sent_last_24_hours": simulator.quota.used,
        "control_plane_rate": simulator.control.rate,
    }
