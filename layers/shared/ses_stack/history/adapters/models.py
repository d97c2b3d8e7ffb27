"""The objects in an SES record, as far as history reads them.

SES's documentation calls them the mail object, the bounce object, and so on. A field that is not listed is not read.
A field of type `Any` may hold anything: an event is not refused for a value that history does without.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from ses_stack.mail.adapters.records import Instant, MessageId

_CONFIGURATION_SET_TAG = "ses:configuration-set"
_CONFIGURATION_SET_HEADER = "x-ses-configuration-set"


def _with_lists(value: object) -> object:
    """The tags with each value as a list. SES's documentation shows lists, some records hold single strings."""
    if not isinstance(value, dict):
        return value
    return {name: [item] if isinstance(item, str) else item for name, item in value.items()}


# Recipients are read one by one (`mail.recipients`), so that one that cannot be read does not block the others.
Recipients = list[Any]
Tags = Annotated[dict[str, list[str]], BeforeValidator(_with_lists)]


class CommonHeaders(BaseModel):
    """The headers that SES gives by name."""

    subject: str | None = None


class MailObject(BaseModel):
    """The message that an event is about."""

    timestamp: Instant
    messageId: MessageId
    source: str | None = None
    destination: Recipients | None = None
    # Read only where commonHeaders or tags lack a value. A model for each header, of which a record has about ten,
    # would cost more than all other validation.
    headers: Any = None
    commonHeaders: CommonHeaders | None = None
    tags: Tags | None = None

    def subject(self) -> str | None:
        """The subject of the message; None if SES gives none."""
        if self.commonHeaders and self.commonHeaders.subject:
            return self.commonHeaders.subject
        return self.header("subject")

    def header(self, name: str) -> str | None:
        """The first header of a name in lower case; None also if `headers` is not as SES writes it."""
        for header in self.headers if isinstance(self.headers, list) else ():
            match header:
                case {"name": str(spelled), "value": str(value)} if spelled.lower() == name:
                    return value
        return None

    def configuration_set(self) -> str | None:
        """The configuration set that the message was sent with; None if SES names none."""
        tagged = (self.tags or {}).get(_CONFIGURATION_SET_TAG)
        return tagged[0] if tagged else self.header(_CONFIGURATION_SET_HEADER)


class DeliveryObject(BaseModel):
    """The receiving server has accepted the message."""

    timestamp: Instant
    recipients: Recipients
    smtpResponse: str | None = None
    processingTimeMillis: Any = None


class BounceObject(BaseModel):
    """The receiving server has refused the message, or SES has not tried to deliver it."""

    timestamp: Instant
    bounceType: str
    bounceSubType: str
    bouncedRecipients: Recipients
    feedbackId: str | None = None


class ComplaintObject(BaseModel):
    """A mailbox provider reports that a recipient marked the message."""

    timestamp: Instant
    complainedRecipients: Recipients
    complaintFeedbackType: str | None = None
    complaintSubType: str | None = None
    feedbackId: str | None = None
    userAgent: str | None = None


class DeliveryDelayObject(BaseModel):
    """The message could not be delivered yet; SES tries again."""

    timestamp: Instant
    delayedRecipients: Recipients
    delayType: str | None = None
    expirationTime: str | None = None


class RejectObject(BaseModel):
    """SES accepted the message and then found a virus in it."""

    reason: str | None = None


class FailureObject(BaseModel):
    """SES could not render the message's template."""

    templateName: str | None = None
    errorMessage: str | None = None


class OpenObject(BaseModel):
    """A mail client has loaded the message's tracking image."""

    timestamp: Instant
    ipAddress: str | None = None
    userAgent: str | None = None
    isBotEvent: Any = None


class ClickObject(OpenObject):
    """A mail client has followed a link of the message."""

    link: str | None = None
    linkTags: dict[str, Any] | None = None


class TopicStatus(BaseModel):
    """A contact's choice for one topic of a contact list."""

    topicName: str
    subscriptionStatus: str


class TopicPreferences(BaseModel):
    """A contact's choices for a contact list."""

    unsubscribeAll: bool = False
    topicSubscriptionStatus: list[TopicStatus] | None = None

    def summary(self) -> str:
        """The choices as one line: `offers OptOut, news OptIn`."""
        if self.unsubscribeAll:
            return "unsubscribed from all"
        statuses = self.topicSubscriptionStatus or ()
        return ", ".join(f"{each.topicName} {each.subscriptionStatus}" for each in statuses) or "no topics"


class SubscriptionObject(BaseModel):
    """A contact has changed what the contact receives."""

    timestamp: Instant
    contactList: str | None = None
    source: str | None = None
    newTopicPreferences: TopicPreferences | None = None
