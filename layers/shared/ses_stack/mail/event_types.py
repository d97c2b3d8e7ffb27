"""The types of event that SES publishes about mail.

They are those of SES's own enumeration, in lower case.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestinationDefinition.html
"""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """The ten kinds of event that SES publishes, and one for those it may add."""

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
    def spelled(cls, name: str) -> EventType:
        """The type that `name` means in any of SES's spellings, else `UNKNOWN`.

        SES writes one type as `Rendering Failure` in events, `RENDERING_FAILURE` in its API, and `renderingFailure` in
        CloudFormation.
        """
        return _SPELLINGS.get(name.lower().replace(" ", "").replace("_", ""), cls.UNKNOWN)


_SPELLINGS = {kind.value.replace("_", ""): kind for kind in EventType}
