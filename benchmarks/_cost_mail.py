"""The mail of the cost benchmark: messages, and the events that SES publishes for them.

2.4 events a message, in the mix of a list in good order. Each event is one of `_events`, made an event of its message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks._events import Events
from ses_stack.mail.times import epoch_utc_milliseconds

# Events per 1,000 messages. `soft_bounce` is a Bounce too.
MIX: Mapping[str, int] = {
    "send": 1_000,
    "delivery": 980,
    "open": 300,
    "click": 80,
    "bounce": 8,
    "soft_bounce": 8,
    "delivery_delay": 16,
    "subscription": 4,
    "complaint": 1,
    "reject": 2,
    "rendering_failure": 1,
}
assert sum(MIX.values()) == 2_400
_DOMAINS = ("gmail.com",) * 3 + ("outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "web.de", "example.org")
_NAMED_LISTS = {
    "bounce": "bouncedRecipients",
    "complaint": "complainedRecipients",
    "deliveryDelay": "delayedRecipients",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that SES accepted."""

    request_id: str
    message_id: str
    recipient: str
    stream: str


def names(count: int, seed: int = 10) -> Iterator[tuple[str, str]]:
    """Request ids and recipients."""
    chance = Random(seed)
    for number in range(count):
        yield f"campaign-26-{chance.randbytes(6).hex()}", f"person.{number:06}@{chance.choice(_DOMAINS)}"


def message_id(number: int) -> str:
    """A message id as long as SES's."""
    digits = Random(number).randbytes(16).hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return f"0110019a{number:08x}-{'-'.join(parts)}-000000"


def events_of(messages: Sequence[Sent], at: float) -> list[str]:
    """The queue messages of all events, in the order of their kinds."""
    samples = Events()
    made = []
    for kind, per_thousand in MIX.items():
        count = round(len(messages) * per_thousand / 1_000)
        # The failures are the last messages' and the successes the first ones': no message has both.
        chosen = messages[-count:] if kind in {"bounce", "soft_bounce", "reject"} and count else messages[:count]
        made += [_event(samples, kind, message, at) for message in chosen]
    return made


def _event(samples: Events, kind: str, message: Sent, at: float) -> str:
    envelope: dict[str, Any] = json.loads(samples.one("bounce" if kind == "soft_bounce" else kind))
    record, time = envelope["detail"], epoch_utc_milliseconds(at)
    mail = record["mail"]
    old = mail["destination"][0]
    mail |= {"messageId": message.message_id, "destination": [message.recipient], "timestamp": time}
    mail["tags"] |= {"request_id": [message.request_id], "ses:configuration-set": [f"ses-stack-{message.stream}"]}
    mail["tags"].pop("campaign", None)
    if message.stream == "marketing":
        mail["tags"]["campaign"] = ["winter-26"]
    envelope["time"] = f"{time[:19]}Z"
    for name, event in record.items():
        if name not in {"eventType", "mail"}:
            _change_event(name, event, message, time)
    if kind == "soft_bounce":
        record["bounce"] |= {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
    return json.dumps(envelope, separators=(",", ":")).replace(json.dumps(old)[1:-1], message.recipient)


def _change_event(name: str, event: dict[str, Any], message: Sent, time: str) -> None:
    if "timestamp" in event:
        event["timestamp"] = time
    if "recipients" in event:
        event["recipients"] = [message.recipient]
    if name in _NAMED_LISTS:
        event[_NAMED_LISTS[name]] = [{**event[_NAMED_LISTS[name]][0], "emailAddress": message.recipient}]
