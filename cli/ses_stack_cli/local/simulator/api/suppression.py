"""The account's suppression list.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutSuppressedDestination.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from ses_stack_cli.local.simulator.api.calls import Call, Json, page
from ses_stack_cli.local.simulator.compose import check_address
from ses_stack_cli.local.simulator.errors import bad_request, not_found
from ses_stack_cli.local.simulator.requests import Suppressed, read
from ses_stack_cli.local.simulator.simulator import Simulator
from ses_stack_cli.local.simulator.suppression import Entry


async def put(simulator: Simulator, call: Call) -> Json:
    """Puts an address on the list."""
    asked = read(Suppressed, call.body)
    check_address(asked.EmailAddress)
    simulator.suppression.put(Entry(address=asked.EmailAddress, reason=asked.Reason, at=simulator.clock()))
    return {}


async def get(simulator: Simulator, call: Call) -> Json:
    """An address on the list, spelled exactly so."""
    address = call.names["EmailAddress"]
    entry = simulator.suppression.get(address)
    if entry is None:
        raise _missing(address)
    attributes = {"MessageId": entry.message_id, "FeedbackId": entry.feedback_id}
    known = {name: value for name, value in attributes.items() if value}
    return {"SuppressedDestination": _summary(entry) | ({"Attributes": known} if known else {})}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Takes an address off the list, spelled exactly so."""
    address = call.names["EmailAddress"]
    if not simulator.suppression.delete(address):
        raise _missing(address)
    return {}


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The list, by page; of some reasons, and of some time."""
    asked = call.parameters()
    entries = simulator.suppression.list(
        reasons=asked.get("Reason", []), start=_time(asked, "StartDate"), end=_time(asked, "EndDate")
    )
    shown, more = page(call, [_summary(entry) for entry in entries])
    return {"SuppressedDestinationSummaries": shown} | more


def _summary(entry: Entry) -> Json:
    return {"EmailAddress": entry.address, "Reason": entry.reason, "LastUpdateTime": round(entry.at, 3)}


def _missing(address: str) -> Exception:
    return not_found(f"Email address {address} does not exist on your suppression list.")


def _time(asked: dict[str, list[str]], name: str) -> float | None:
    if name not in asked:
        return None
    text = asked[name][0]
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        try:
            return float(text)
        except ValueError:
            raise bad_request(f"{name} is not a time.") from None
