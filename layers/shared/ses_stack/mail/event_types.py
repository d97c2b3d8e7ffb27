"""The types of event that SES publishes about mail.

They are those of SES's own enumeration, in lower case.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestinationDefinition.html
"""

from __future__ import annotations

from enum import StrEnum

# A complaint's type if the recipient has corrected the mail system: the message is not spam. It is no complaint.
# https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
NOT_SPAM = "not-spam"


class EventType(StrEnum):
    """The ten types of event that SES publishes, and `unknown` for the types that SES adds later."""

    SEND = "send"
    DELIVERY = "delivery"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REJECT = "reject"
    OPEN = "open"
    CLICK = "click"
    RENDERING_FAILURE = "rendering_failure"
    DELIVERY_DELAY = "delivery_delay"
    SUBSCRIPTION = "subscription"
    UNKNOWN = "unknown"

    @classmethod
    def from_name(cls, name: str) -> EventType:
        """The type that `name` means in any of SES's spellings, else `UNKNOWN`.

        SES writes one type as `Rendering Failure` in events, `RENDERING_FAILURE` in its API, and `renderingFailure` in
        CloudFormation.
        """
        return _BY_PLAIN_NAME.get(name.lower().replace(" ", "").replace("_", ""), cls.UNKNOWN)


_BY_PLAIN_NAME = {kind.value.replace("_", ""): kind for kind in EventType}
