"""The records that SES publishes, field for field.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ses_stack.mail.addresses import address_key, bare
from ses_stack.mail.event_types import EventType
from ses_stack.mail.times import utc_milliseconds
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage, domain_of
from ses_stack_cli.local.simulator.settings import Settings

_MAX_HEADER_BYTES = 10_000
# Event type -> detail-type of EventBridge, eventType of the record, key of the type's own object in the record.
NAMES: Mapping[EventType, tuple[str, str, str]] = {
    EventType.SEND: ("Email Sent", "Send", "send"),
    EventType.DELIVERY: ("Email Delivered", "Delivery", "delivery"),
    EventType.BOUNCE: ("Email Bounced", "Bounce", "bounce"),
    EventType.COMPLAINT: ("Email Complaint Received", "Complaint", "complaint"),
    EventType.REJECT: ("Email Rejected", "Reject", "reject"),
    EventType.OPEN: ("Email Opened", "Open", "open"),
    EventType.CLICK: ("Email Clicked", "Click", "click"),
    EventType.RENDERING_FAILURE: ("Email Rendering Failed", "Rendering Failure", "failure"),
    EventType.DELIVERY_DELAY: ("Email Delivery Delayed", "DeliveryDelay", "deliveryDelay"),
    EventType.SUBSCRIPTION: ("Email Subscribed", "Subscription", "subscription"),
}
_WITHOUT_HEADERS = frozenset({EventType.DELIVERY_DELAY, EventType.RENDERING_FAILURE})
_WITHOUT_SOURCE_ARN = frozenset({EventType.OPEN, EventType.CLICK})


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionListAddition:
    """An effect of an event: its addresses join the account's suppression list."""

    addresses: Sequence[str]
    reason: str
    feedback_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """An effect of an event: the recipients' preferences on a contact list change."""

    contact_list: str
    topic: str | None
    addresses: Sequence[str]
    opt_in: bool


# What an event changes in the account when it happens, besides being published.
type Effect = SuppressionListAddition | SubscriptionChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One SES event. `at`: when it happens, in seconds since 1970. `body`: the object under the type's own key.

    `key` identifies it and seeds its random decisions. `rows`: the rows that history keeps of it, one for each
    recipient that the record names.
    """

    kind: EventType
    accepted: AcceptedMessage
    at: float
    key: str
    body: Mapping[str, Any]
    rows: int = 1
    effect: Effect | None = None

    @property
    def configuration_set(self) -> str | None:
        """The configuration set that the message was sent under."""
        return self.accepted.message.configuration_set

    def detail(self, settings: Settings) -> dict[str, Any]:
        """The record: what EventBridge carries in `detail`."""
        _, event_type, key = NAMES[self.kind]
        return {"eventType": event_type, "mail": _mail(self, settings), key: dict(self.body)}

    def entry(self, settings: Settings, bus_arn: str) -> dict[str, Any]:
        """The PutEvents entry that publishes it. EventBridge's time has whole seconds."""
        configuration_set = f"arn:aws:ses:{settings.region}:{settings.account_id}:configuration-set"
        return {
            "Time": int(self.at),
            "Source": "ses.simulator",
            "Resources": [f"{configuration_set}/{self.configuration_set}"],
            "DetailType": NAMES[self.kind][0],
            "Detail": json.dumps(self.detail(settings), ensure_ascii=False, separators=(",", ":")),
            "EventBusName": bus_arn,
        }


def ses_time(at: float) -> str:
    """A time as SES writes it: UTC, milliseconds, Z."""
    return utc_milliseconds(datetime.fromtimestamp(round(at, 3), UTC))


def distinct_recipients(addresses: Sequence[str]) -> int:
    """The number of different recipients, ignoring case."""
    return len({address_key(address) for address in addresses})


def _mail(event: Event, settings: Settings) -> dict[str, Any]:
    accepted, message = event.accepted, event.accepted.message
    sender = bare(message.source)
    record: dict[str, Any] = {"timestamp": ses_time(accepted.at), "source": message.source}
    if event.kind not in _WITHOUT_SOURCE_ARN:
        record["sourceArn"] = f"arn:aws:ses:{settings.region}:{settings.account_id}:identity/{domain_of(sender)}"
    record["sendingAccountId"] = settings.account_id
    record["messageId"] = accepted.message_id
    record["destination"] = [bare(address) for address in message.destination]
    headers, truncated = _headers(event)
    record["headersTruncated"] = truncated
    if event.kind not in _WITHOUT_HEADERS:
        record["headers"] = headers
        record["commonHeaders"] = _common_headers(event)
    record["tags"] = _tags(event, sender)
    return record


def _headers_at(event: Event) -> Sequence[tuple[str, str]]:
    """SES publishes the Send event before it renders a template: the subject is missing there."""
    headers = event.accepted.message.headers
    if event.kind is EventType.SEND and event.accepted.message.template:
        return [(name, value) for name, value in headers if name.lower() != "subject"]
    return headers


def _headers(event: Event) -> tuple[list[dict[str, str]], bool]:
    headers: list[dict[str, str]] = []
    size = 0
    for name, value in _headers_at(event):
        size += len(name) + len(value) + 4
        if size > _MAX_HEADER_BYTES:
            return headers, True
        headers.append({"name": name, "value": value})
    return headers, False


def _common_headers(event: Event) -> dict[str, Any]:
    message = event.accepted.message
    common: dict[str, Any] = {"from": [message.source], "messageId": event.accepted.message_id}
    for name, addresses in (("to", message.to), ("cc", message.cc)):
        if addresses:
            common[name] = list(addresses)
    if any(name.lower() == "subject" for name, _ in _headers_at(event)):
        common["subject"] = message.subject
    return common


def _tags(event: Event, sender: str) -> dict[str, list[str]]:
    message = event.accepted.message
    message_tags = {name: list(values) for name, values in message.tags.items()}
    configuration_set = {"ses:configuration-set": [message.configuration_set or ""]}
    if event.kind in _WITHOUT_HEADERS:
        return configuration_set | message_tags
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": [message.operation],
        **configuration_set,
        "ses:source-ip": ["192.0.2.10"],
        "ses:from-domain": [domain_of(sender)],
        "ses:caller-identity": [event.accepted.caller],
    }
    if event.kind is EventType.DELIVERY:
        tags["ses:outgoing-ip"] = ["198.51.100.25"]
    return tags | message_tags
