"""The bodies of SESv2's requests about mail and templates, as far as the simulator reads them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field


class RequestPart(BaseModel):
    """A part of a request. Members that the simulator does not read are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TextPart(RequestPart):
    """A text with its charset."""

    Data: str
    Charset: str | None = None


class BodyPart(RequestPart):
    """A message's text, its HTML, or both."""

    Text: TextPart | None = None
    Html: TextPart | None = None


class HeaderPart(RequestPart):
    """One header."""

    Name: str = Field(min_length=1, max_length=126, pattern=r"^[!-9;-@A-~]+$")
    Value: str = Field(min_length=1, max_length=995, pattern=r"^[ -~]*$")


class FilePart(RequestPart):
    """One attachment."""

    RawContent: Base64Bytes
    FileName: str = Field(max_length=255)
    ContentType: str | None = Field(default=None, min_length=1, max_length=78)
    ContentTransferEncoding: Literal["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"] = "SEVEN_BIT"
    ContentId: str | None = Field(default=None, min_length=1, max_length=78)


class SimplePart(RequestPart):
    """A message that SES composes."""

    Subject: TextPart
    Body: BodyPart
    Headers: list[HeaderPart] = Field(default=[], max_length=15)
    Attachments: list[FilePart] = []


class RawPart(RequestPart):
    """A whole MIME message."""

    Data: Base64Bytes


class TemplateText(RequestPart):
    """The parts of a template."""

    Subject: str | None = None
    Text: str | None = None
    Html: str | None = None


class TemplatePart(RequestPart):
    """A template by name or in full, and its data."""

    TemplateName: str | None = None
    TemplateContent: TemplateText | None = None
    TemplateData: str = Field(default="{}", max_length=262_144)
    Headers: list[HeaderPart] = Field(default=[], max_length=15)
    Attachments: list[FilePart] = []


class ContentPart(RequestPart):
    """A message in one of three forms: exactly one of them is there."""

    Simple: SimplePart | None = None
    Raw: RawPart | None = None
    Template: TemplatePart | None = None


class Recipients(RequestPart):
    """The recipients."""

    ToAddresses: list[str] = []
    CcAddresses: list[str] = []
    BccAddresses: list[str] = []


class TagPart(RequestPart):
    """A message tag."""

    Name: str
    Value: str


class ListManagement(RequestPart):
    """The contact list, and optionally the topic, that a message belongs to."""

    ContactListName: str
    TopicName: str | None = None


class TrackingSwitches(RequestPart):
    """Tracking switched on or off for one message."""

    OpenTrackingEnabled: str = "ENABLED"
    ClickTrackingEnabled: str = "ENABLED"


class Overrides(RequestPart):
    """Settings of one message that override its configuration set."""

    Tracking: TrackingSwitches = TrackingSwitches()


class SendEmail(RequestPart):
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


class ReplacementData(RequestPart):
    """One destination's data."""

    ReplacementTemplateData: str = Field(default="{}", max_length=262_144)


class ReplacementContent(RequestPart):
    """One destination's content."""

    ReplacementTemplate: ReplacementData | None = None


class BulkEntry(RequestPart):
    """One destination of a SendBulkEmail request."""

    Destination: Recipients
    ReplacementTags: list[TagPart] = []
    ReplacementEmailContent: ReplacementContent = ReplacementContent()
    ReplacementHeaders: list[HeaderPart] = Field(default=[], max_length=15)


class BulkContent(RequestPart):
    """The template that all destinations share."""

    Template: TemplatePart


class SendBulkEmail(RequestPart):
    """A SendBulkEmail request."""

    FromEmailAddress: str | None = None
    ReplyToAddresses: list[str] = []
    DefaultContent: BulkContent
    DefaultEmailTags: list[TagPart] = []
    BulkEmailEntries: list[BulkEntry]
    ConfigurationSetName: str | None = None
    TenantName: str | None = None
    ConfigurationOverrides: Overrides = Overrides()


class TemplateBody(RequestPart):
    """A CreateEmailTemplate or UpdateEmailTemplate request."""

    TemplateName: str = ""
    TemplateContent: TemplateText = TemplateText()
