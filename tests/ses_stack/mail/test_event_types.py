"""The event types, in all the spellings that SES has for them."""

from __future__ import annotations

import pytest

from ses_stack.mail.event_types import EventType


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_is_known_in_every_spelling(kind: EventType) -> None:
    words = kind.value.split("_")
    spellings = {
        kind.value,
        kind.value.upper(),  # the API
        " ".join(words).title(),  # events
        "".join(words).title(),
        words[0] + "".join(word.title() for word in words[1:]),  # CloudFormation
    }

    assert {EventType.from_name(name) for name in spellings} == {kind}


@pytest.mark.parametrize("name", ["", "Teleport", "AmazonSnsSubscriptionSucceeded", "x" * 1_000_000])
def test_any_other_is_unknown(name: str) -> None:
    assert EventType.from_name(name) is EventType.UNKNOWN
