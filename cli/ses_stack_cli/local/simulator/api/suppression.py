"""The account's suppression list.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutSuppressedDestination.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from ses_stack_cli.local.simulator.account.suppression_list import SuppressedAddress
from ses_stack_cli.local.simulator.api.bodies import SuppressedDestination
from ses_stack_cli.local.simulator.api.call import Call, Json, page
from ses_stack_cli.local.simulator.errors import ApiError, bad_request, not_found
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.mail.checks import check_address
from ses_stack_cli.local.simulator.simulator import Simulator


async def put(simulator: Simulator, call: Call) -> Json:
    """Adds an address to the list."""
    _check_production_access(simulator)
    request = read(SuppressedDestination, call.body)
    check_address(request.EmailAddress)
    simulator.suppression.put(
        SuppressedAddress(address=request.EmailAddress, reason=request.Reason, at=simulator.clock())
    )
    return {}


async def get(simulator: Simulator, call: Call) -> Json:
    """The entry for an address with exactly this spelling."""
    _check_production_access(simulator)
    address = _address_in_path(call)
    entry = simulator.suppression.get(address)
    if entry is None:
        raise _missing(address)
    attributes = {"MessageId": entry.message_id, "FeedbackId": entry.feedback_id}
    known = {name: value for name, value in attributes.items() if value}
    return {"SuppressedDestination": _summary(entry) | ({"Attributes": known} if known else {})}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Removes an address with exactly this spelling."""
    _check_production_access(simulator)
    address = _address_in_path(call)
    if not simulator.suppression.delete(address):
        raise _missing(address)
    return {}


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The list by page, optionally of some reasons and of a time range."""
    _check_production_access(simulator)
    parameters = call.parameters()
    entries = simulator.suppression.list(
        reasons=parameters.get("Reason", []), start=_time(parameters, "StartDate"), end=_time(parameters, "EndDate")
    )
    summaries, next_page = page(parameters, [_summary(entry) for entry in entries])
    return {"SuppressedDestinationSummaries": summaries} | next_page


def _check_production_access(simulator: Simulator) -> None:
    """Raises the refusal of an account in the sandbox. AWS documents that there is one, and not its text.

    https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
    """
    if not simulator.account.production_access:
        raise bad_request("The account-level suppression list cannot be managed while the account is in the sandbox.")


def _address_in_path(call: Call) -> str:
    """The address. SES refuses one with a slash, however the slash is encoded; AWS does not say with which text.

    https://github.com/aws/aws-sdk/issues/158
    """
    address = call.path_names["EmailAddress"]
    if "/" in address:
        raise bad_request("The address in the path holds a slash.")
    return address


def _summary(entry: SuppressedAddress) -> Json:
    return {"EmailAddress": entry.address, "Reason": entry.reason, "LastUpdateTime": round(entry.at, 3)}


def _missing(address: str) -> ApiError:
    return not_found(f"Email address {address} does not exist on your suppression list.")


def _time(parameters: dict[str, list[str]], name: str) -> float | None:
    """Seconds since 1970, from an ISO-8601 time or a number."""
    if name not in parameters:
        return None
    text = parameters[name][0]
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise bad_request(f"{name} is not a time.") from None
