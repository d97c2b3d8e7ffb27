"""The bodies of SESv2's sending requests, as far as the simulator reads them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from ses_stack_cli.local.simulator.errors import ApiError, bad_request


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TextPart(_Part):
    """A text with its charset."""

    Data: str
    Charset: str | None = None


class BodyPart(_Part):
    """A message's texts."""

    Text: TextPart | None = None
    Html: TextPart | None = None


class HeaderPart(_Part):
    """One header."""

    Name: str = Field(min_length=1, max_length=126, pattern=r"^[!-9;-@A-~]+$")
    Value: str = Field(min_length=1, max_length=995, pattern=r"^[ -~]*$")


class FilePart(_Part):
    """One attachment."""

    RawContent: Base64Bytes
    FileName: str = Field(max_length=255)
    ContentType: str | None = None


class SimplePart(_Part):
    """A message that SES composes."""

    Subject: TextPart
    Body: BodyPart
    Headers: list[HeaderPart] = []
    Attachments: list[FilePart] = []


class RawPart(_Part):
    """A whole MIME message."""

    Data: Base64Bytes


class TemplateText(_Part):
    """A template that stands in the request itself."""

    Subject: str | None = None
    Text: str | None = None
    Html: str | None = None


class TemplatePart(_Part):
    """A template by name or in full, and the data to fill it with."""

    TemplateName: str | None = None
    TemplateContent: TemplateText | None = None
    TemplateData: str = "{}"
    Headers: list[HeaderPart] = []
    Attachments: list[FilePart] = []


class ContentPart(_Part):
    """Exactly one of three kinds of content."""

    Simple: SimplePart | None = None
    Raw: RawPart | None = None
    Template: TemplatePart | None = None


class Recipients(_Part):
    """Who gets it."""

    ToAddresses: list[str] = []
    CcAddresses: list[str] = []
    BccAddresses: list[str] = []


class TagPart(_Part):
    """A message tag."""

    Name: str
    Value: str


class ListManagement(_Part):
    """The contact list, and perhaps topic, that a message belongs to."""

    ContactListName: str
    TopicName: str | None = None


class TrackingSwitches(_Part):
    """Tracking switched on or off for one message."""

    OpenTrackingEnabled: str = "ENABLED"
    ClickTrackingEnabled: str = "ENABLED"


class Overrides(_Part):
    """What one message does differently from its configuration set."""

    Tracking: TrackingSwitches = TrackingSwitches()


class SendEmail(_Part):
    """A SendEmail request."""

    FromEmailAddress: str | None = None
    Destination: Recipients = Recipients()
    ReplyToAddresses: list[str] = []
    Content: ContentPart
    EmailTags: list[TagPart] = []
    ConfigurationSetName: str | None = None
    TenantName: str | None = None
    ListManagementOptions: ListManagement | None = None
    ConfigurationOverrides: Overrides = Overrides()


class ReplacementData(_Part):
    """One destination's data."""

    ReplacementTemplateData: str = "{}"


class ReplacementContent(_Part):
    """One destination's content."""

    ReplacementTemplate: ReplacementData | None = None


class BulkEntry(_Part):
    """One destination of a SendBulkEmail request."""

    Destination: Recipients
    ReplacementTags: list[TagPart] = []
    ReplacementEmailContent: ReplacementContent = ReplacementContent()
    ReplacementHeaders: list[HeaderPart] = []


class BulkContent(_Part):
    """The template that all destinations share."""

    Template: TemplatePart


class SendBulkEmail(_Part):
    """A SendBulkEmail request."""

    FromEmailAddress: str | None = None
    ReplyToAddresses: list[str] = []
    DefaultContent: BulkContent
    DefaultEmailTags: list[TagPart] = []
    BulkEmailEntries: list[BulkEntry]
    ConfigurationSetName: str | None = None
    TenantName: str | None = None
    ConfigurationOverrides: Overrides = Overrides()


class TemplateBody(_Part):
    """A CreateEmailTemplate or UpdateEmailTemplate request."""

    TemplateName: str = ""
    TemplateContent: TemplateText = TemplateText()


class Topic(_Part):
    """A contact list's topic."""

    TopicName: str = Field(min_length=1)
    DisplayName: str = ""
    Description: str | None = None
    DefaultSubscriptionStatus: Literal["OPT_IN", "OPT_OUT"] = "OPT_IN"


class ContactListBody(_Part):
    """A CreateContactList request."""

    ContactListName: str = Field(min_length=1)
    Topics: list[Topic] = []
    Description: str | None = None


class TopicPreference(_Part):
    """A contact's decision on a topic."""

    TopicName: str
    SubscriptionStatus: Literal["OPT_IN", "OPT_OUT"]


class ContactBody(_Part):
    """A CreateContact or UpdateContact request."""

    EmailAddress: str = ""
    TopicPreferences: list[TopicPreference] | None = None
    UnsubscribeAll: bool | None = None
    AttributesData: str | None = None


class Suppressed(_Part):
    """A PutSuppressedDestination request."""

    EmailAddress: str
    Reason: Literal["BOUNCE", "COMPLAINT"]


class SuppressionReasons(_Part):
    """A PutAccountSuppressionAttributes request."""

    SuppressedReasons: list[Literal["BOUNCE", "COMPLAINT"]] = []


class FaultBody(BaseModel):
    """A fault, as the local route is told of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: str
    operation: str = "*"
    calls: int | None = None
    seconds: float | None = None
    after: bool = False
    message: str | None = None
    hold_seconds: float = Field(60.0, ge=0)


class Drain(BaseModel):
    """How long to wait for events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float = Field(30.0, ge=0, le=600)


def read[M: BaseModel](model: type[M], body: bytes) -> M:
    """The request in a body. Raises a BadRequestException that names the field, or a SerializationException."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise ApiError("SerializationException", "the body is not valid JSON") from None
        place = ".".join(str(part) for part in first["loc"])
        raise bad_request(f"{place}: {first['msg']}") from None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise ApiError("SerializationException", "the body is not a JSON object")
    return value
