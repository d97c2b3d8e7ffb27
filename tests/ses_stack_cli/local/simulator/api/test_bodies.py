"""Bodies about contacts and suppression."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from ses_stack_cli.local.simulator.api.bodies import (
    ContactBody,
    ContactListBody,
    PagedBody,
    SuppressedDestination,
    SuppressionReasons,
)


def test_a_topic_opts_in_by_default() -> None:
    body = ContactListBody.model_validate({"ContactListName": "shop", "Topics": [{"TopicName": "news"}]})
    assert body.Topics[0].DefaultSubscriptionStatus == "OPT_IN"


def test_a_contact_without_preferences_differs_from_one_with_none_left() -> None:
    assert ContactBody.model_validate({}).TopicPreferences is None
    assert ContactBody.model_validate({"TopicPreferences": []}).TopicPreferences == []


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (ContactListBody, {"ContactListName": ""}),
        (ContactListBody, {"ContactListName": "x", "Topics": [{"TopicName": ""}]}),
        (ContactBody, {"TopicPreferences": [{"TopicName": "news", "SubscriptionStatus": "MAYBE"}]}),
        (SuppressedDestination, {"EmailAddress": "a@b.org", "Reason": "BOREDOM"}),
        (SuppressionReasons, {"SuppressedReasons": ["BOREDOM"]}),
    ],
)
def test_values_that_ses_refuses(model: type[BaseModel], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_a_page_is_read_as_from_a_query() -> None:
    assert PagedBody.model_validate({"PageSize": 2, "NextToken": "4"}).paging() == {
        "PageSize": ["2"],
        "NextToken": ["4"],
    }
    assert PagedBody.model_validate({}).paging() == {}
