"""Routes through which a recipient unsubscribes."""

from __future__ import annotations

from dataclasses import replace

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.control.request import (
    ControlRequest,
    Json,
    accepted_message,
    check_members,
    recipient_of,
)
from ses_stack_cli.local.simulator.events import bodies
from ses_stack_cli.local.simulator.events.plan import subscription_change
from ses_stack_cli.local.simulator.events.records import Event, ses_time
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage
from ses_stack_cli.local.simulator.simulator import Simulator

# The use of a link comes after the message's Send event.
_AFTER_SEND_SECONDS = 0.002


async def unsubscribe(request: ControlRequest) -> Json:
    """The recipient of a message uses its unsubscribe link.

    `message_id`; `recipient` if the message has several; `topic` (default: the message's, else all mail); `opt_in` to
    subscribe again.
    """
    body = request.json()
    check_members(body, ("message_id", "recipient", "topic", "contact_list", "opt_in"))
    accepted = accepted_message(request.simulator, str(body.get("message_id", "")))
    recipient = recipient_of(accepted, body.get("recipient"))
    message = replace(
        accepted.message,
        topic=body.get("topic", accepted.message.topic),
        contact_list=body.get("contact_list", accepted.message.contact_list),
    )
    opt_in = bool(body.get("opt_in", False))
    return _publish(request.simulator, replace(accepted, message=message), recipient, opt_in=opt_in)


async def use_link(request: ControlRequest) -> Json:
    """The link in list-managed mail: the recipient's mail client calls it, or a click does (RFC 8058)."""
    accepted = accepted_message(request.simulator, request.path_names["message_id"])
    return _publish(request.simulator, accepted, recipient_of(accepted, None), opt_in=False)


def _publish(simulator: Simulator, accepted: AcceptedMessage, recipient: str, *, opt_in: bool) -> Json:
    """Schedules the Subscription event; its answer shows it."""
    message, at = accepted.message, max(simulator.clock(), accepted.at + _AFTER_SEND_SECONDS)
    body = bodies.subscription(
        "subscribe" if opt_in else "unsubscribe", message.contact_list, message.topic, source="UnsubscribeHeader"
    )
    event = Event(
        kind=EventType.SUBSCRIPTION,
        accepted=accepted,
        at=at,
        key=f"{accepted.key}:link:{at}:{recipient}",
        body=body | {"timestamp": ses_time(at)},
        effect=subscription_change(message, recipient, opt_in=opt_in),
    )
    simulator.publisher.add([event])
    return {"message_id": accepted.message_id, "recipient": recipient, "subscription": dict(event.body)}
