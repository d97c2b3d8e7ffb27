"""The newest events behind a critical rate: which campaign they come from, and why mail bounced."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# The enhanced status code of an SMTP answer, RFC 3463. The rest of the answer may contain an address.
_STATUS_CODE = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")


@dataclass(frozen=True, slots=True)
class SampledEvent:
    """One event: the campaign of its message, or empty, and its kind, such as `Permanent/NoEmail 5.1.1`."""

    campaign: str
    kind: str


@dataclass(frozen=True, slots=True)
class EventSample:
    """How many of `size` sampled events had the most frequent campaign and kind. An empty name: none had one."""

    size: int
    campaign: str
    of_campaign: int
    kind: str
    of_kind: int


def kind_of(subtype: str, detail: str) -> str:
    """What an operator needs of an event: SES's words for it, and the status code in the server's answer."""
    code = _STATUS_CODE.search(detail)
    return " ".join(filter(None, (subtype, code[0] if code else "")))


def sample_of(events: Iterable[SampledEvent]) -> EventSample:
    """The most frequent campaign and kind of some events."""
    found = list(events)
    campaign, of_campaign = _most_frequent(event.campaign for event in found)
    kind, of_kind = _most_frequent(event.kind for event in found)
    return EventSample(len(found), campaign, of_campaign, kind, of_kind)


def _most_frequent(names: Iterable[str]) -> tuple[str, int]:
    counts = Counter(name for name in names if name)
    return max(sorted(counts.items()), key=lambda item: item[1], default=("", 0))
