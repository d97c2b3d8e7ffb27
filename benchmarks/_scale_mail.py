"""The mail of the scale benchmark: one tenant's campaign, and transactional mail beside it, at a steady rate.

Message n is sent at second n / rate. Its values follow from n alone, so that none of it needs to be kept.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from benchmarks._cost_mail import MIX, message_id
from benchmarks._events import Events
from ses_stack.aws.items import Item
from ses_stack.history.adapters.events import parse
from ses_stack.history.adapters.rows import item_of, size_of
from ses_stack.history.events import RecipientEvent
from ses_stack.mail.addresses import provider_of
from ses_stack.mail.times import epoch_utc_milliseconds

# Half a minute later a quarter of an hour ends, and with it the statistics' windows.
START = 1_790_001_000 // 900 * 900 + 870
CAMPAIGN = "winter-sale"
_TRANSACTIONAL_EVERY = 10
_SAMPLES = 100
# Shares of a consumer list by mailbox provider, in percent; the rest are companies with a domain of their own.
_DOMAINS = {"gmail.com": 42, "outlook.com": 10, "hotmail.com": 9, "yahoo.com": 13, "icloud.com": 6, "web.de": 3}
_COMPANIES = 5_000
# Seconds after which most events of a kind come; those of the first ones belong to mail of earlier minutes.
_DELAYS = {"send": 0.5, "delivery": 3.0, "bounce": 5.0, "soft_bounce": 120.0}
_USUAL_DELAY_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Sample:
    """An event as the normalizer parses it, its row, and the row's bytes."""

    event: RecipientEvent
    row: Item
    size: int


def stream_of(number: int) -> str:
    """The stream of a message."""
    return "marketing" if number % _TRANSACTIONAL_EVERY else "transactional"


def recipient_of(number: int) -> str:
    """The recipient of a message."""
    place = zlib.crc32(b"%d" % number) % 100
    for domain, share in _DOMAINS.items():
        if place < share:
            return f"person.{number:09}@{domain}"
        place -= share
    return f"person.{number:09}@company{number % _COMPANIES}.com"


class EventsOfSecond:
    """The events that SES publishes in one second, in the cost benchmark's mix."""

    PER_RECIPIENT = sum(MIX.values()) / 1_000

    def __init__(self, rate: int, seed: int = 4) -> None:
        self._rate = rate
        self._chance = Random(seed)

    def at(self, second: int) -> list[tuple[str, RecipientEvent, Sample]]:
        """Each event with its kind, and the sample that it was made from."""
        counts = {kind: self._rate * per_thousand // 1_000 for kind, per_thousand in MIX.items()}
        return [self._event(kind, second) for kind, count in counts.items() for _ in range(count)]

    def _event(self, kind: str, second: int) -> tuple[str, RecipientEvent, Sample]:
        chance, sample = self._chance, self._chance.choice(samples_of(kind))
        moment = second + chance.random()
        delay = chance.expovariate(1 / _DELAYS.get(kind, _USUAL_DELAY_SECONDS))
        number = int((moment - START + 86_400 - min(delay, 86_400)) * self._rate)
        recipient = recipient_of(number)
        return (
            kind,
            replace(
                sample.event,
                message_id=message_id_of(number),
                time=epoch_utc_milliseconds(moment),
                recipient=recipient,
                provider=provider_of(recipient),
                stream=stream_of(number),
                tags={"campaign": [CAMPAIGN]} if stream_of(number) == "marketing" else {},
            ),
            sample,
        )


def message_id_of(number: int) -> str:
    """The message id of a message. It is as long as SES's."""
    return f"0110019a{number:08x}-5b6c7d8e-1234-4abc-9def-{zlib.crc32(b'%d' % number):012x}-000000"


@cache
def samples_of(kind: str) -> list[Sample]:
    """Different events of a kind."""
    made = Events()
    bodies = [made.one("bounce" if kind == "soft_bounce" else kind) for _ in range(_SAMPLES)]
    events = [event for body in bodies for event in parse(body, stack="ses-stack").events]
    rows = [item_of(event, retention_days=90, request_sends=False) for event in events]
    return [Sample(event, row, size_of(row)) for event, row in zip(events, rows, strict=True)]


assert len(message_id_of(1)) == len(message_id(1))
