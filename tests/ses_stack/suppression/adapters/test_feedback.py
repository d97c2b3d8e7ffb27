"""What the suppression writer reads in SES's records."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import FieldError, RecordError
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.feedback import facts_of
from tests.support import payloads


def parsed(record: dict[str, Any]) -> list[Fact]:
    feedback = ses_feedback.parse(json.dumps(payloads.envelope(record)))
    return facts_of(feedback) if feedback else []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bounceType": None}, "bounce.bounceType has the wrong kind or size: null"),
        ({"timestamp": "yesterday"}, "bounce.timestamp is not an ISO-8601 time"),
        ({"bouncedRecipients": [{"emailAddress": ""}]}, "emailAddress has the wrong kind or size"),
    ],
)
def test_what_makes_no_sense_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(FieldError, match=told):
        parsed(payloads.bounce(**change))


def test_an_opt_out_is_never_dropped_silently() -> None:
    with pytest.raises(FieldError, match="subscriptionStatus is neither OptIn nor OptOut") as error:
        parsed(payloads.subscription(newTopicPreferences=payloads.preferences(offers="Perhaps")))
    assert "Perhaps" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_json_parses_or_fails_with_a_name(value: Any) -> None:
    for body in (json.dumps(value), json.dumps({"eventType": "Bounce", "mail": value, "bounce": value})):
        with contextlib.suppress(RecordError):
            ses_feedback.parse(body)
