"""What a sending request says besides content and recipients: tags, list management, tenant, tracking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ses_stack_cli.local.simulator.mail.requests import SendEmail, TagPart


class MessageOptions(TypedDict):
    """Fields of `Message`."""

    contact_list: str | None
    topic: str | None
    tenant: str | None
    track_opens: bool
    track_clicks: bool


def message_options(request: SendEmail) -> MessageOptions:
    """The fields of a message that simple, template and raw content share."""
    managed, tracking = request.ListManagementOptions, request.ConfigurationOverrides.Tracking
    return {
        "contact_list": managed.ContactListName if managed else None,
        "topic": managed.TopicName if managed else None,
        "tenant": request.TenantName,
        "track_opens": tracking.OpenTrackingEnabled == "ENABLED",
        "track_clicks": tracking.ClickTrackingEnabled == "ENABLED",
    }


def tags_of(tags: Sequence[TagPart]) -> dict[str, list[str]]:
    """Message tags: name -> values."""
    values: dict[str, list[str]] = {}
    for tag in tags:
        values.setdefault(tag.Name, []).append(tag.Value)
    return values
