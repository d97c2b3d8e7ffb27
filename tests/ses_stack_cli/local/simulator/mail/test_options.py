"""The options that all forms of content share."""

from __future__ import annotations

from ses_stack_cli.local.simulator.mail.options import message_options, tags_of
from ses_stack_cli.local.simulator.mail.requests import SendEmail, TagPart


def test_defaults() -> None:
    assert message_options(SendEmail.model_validate({"Content": {}})) == {
        "contact_list": None,
        "topic": None,
        "tenant": None,
        "track_opens": True,
        "track_clicks": True,
    }


def test_every_option() -> None:
    request = {
        "Content": {},
        "TenantName": "acme",
        "ListManagementOptions": {"ContactListName": "shop", "TopicName": "news"},
        "ConfigurationOverrides": {"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}},
    }
    assert message_options(SendEmail.model_validate(request)) == {
        "contact_list": "shop",
        "topic": "news",
        "tenant": "acme",
        "track_opens": False,
        "track_clicks": False,
    }


def test_a_tag_named_twice_has_two_values() -> None:
    tags = [TagPart(Name="kind", Value="a"), TagPart(Name="campaign", Value="x"), TagPart(Name="kind", Value="b")]
    assert tags_of(tags) == {"kind": ["a", "b"], "campaign": ["x"]}
