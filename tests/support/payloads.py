"""Complete SES records, as SES publishes them. A test changes the members that matter to it.

Every function returns a new, plain JSON value. The keyword `mail` changes members of the record's mail object, other
keywords change members of the event's own object.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

type Json = dict[str, Any]

STACK = "ses-stack"
MESSAGE_ID = "0100019abc4d5e6f-1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f9-000000"
FEEDBACK_ID = "0100019abc4d7a21-9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d-000000"
SENT_AT = "2026-11-24T06:10:00.123Z"
BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15"
)


def mail(**changes: Any) -> Json:
    """The `mail` object of a message to one recipient, sent through the marketing stream."""
    value: Json = {
        "timestamp": SENT_AT,
        "source": "Example Shop <news@example.com>",
        "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "messageId": MESSAGE_ID,
        "destination": ["Ann.Lee@example.org"],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": "Example Shop <news@example.com>"},
            {"name": "To", "value": "Ann.Lee@example.org"},
            {"name": "Subject", "value": "Winter boots are here"},
            {"name": "MIME-Version", "value": "1.0"},
            {"name": "Content-Type", "value": 'multipart/alternative; boundary="----=_Part_4711_815.1764137400123"'},
        ],
        "commonHeaders": {
            "from": ["Example Shop <news@example.com>"],
            "to": ["Ann.Lee@example.org"],
            "messageId": MESSAGE_ID,
            "subject": "Winter boots are here",
        },
        "tags": {
            "ses:source-tls-version": ["TLSv1.3"],
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["ses-stack-marketing"],
            "ses:source-ip": ["192.0.2.10"],
            "ses:from-domain": ["example.com"],
            "ses:caller-identity": ["shop"],
            "campaign": ["winter-26"],
            "request_id": ["order-1001"],
        },
    }
    return value | changes


def _record(kind: str, member: str, content: Json, changes: Json) -> Json:
    message: Json | None = changes.pop("mail", None)
    return {"eventType": kind, "mail": mail(**(message or {})), member: content | changes}


def send(**changes: Any) -> Json:
    return _record("Send", "send", {}, changes)


def delivery(**changes: Any) -> Json:
    content = {
        "timestamp": "2026-11-24T06:10:02.456Z",
        "processingTimeMillis": 2333,
        "recipients": ["Ann.Lee@example.org"],
        "smtpResponse": "250 2.0.0 OK  1764137402 d9443c01a7336-29b5b25a8f2si123456789 - gsmtp",
        "remoteMtaIp": "192.0.2.25",
        "reportingMTA": "a8-50.smtp-out.eu-west-1.amazonses.com",
    }
    return _record("Delivery", "delivery", content, changes)


def bounced(address: str = "Ann.Lee@example.org", **changes: Any) -> Json:
    """One member of `bouncedRecipients`."""
    return {
        "emailAddress": address,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    } | changes


def bounce(**changes: Any) -> Json:
    content = {
        "feedbackId": FEEDBACK_ID,
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [bounced()],
        "timestamp": "2026-11-24T06:10:03.001Z",
        "reportingMTA": "dns; a8-50.smtp-out.eu-west-1.amazonses.com",
    }
    return _record("Bounce", "bounce", content, changes)


def complaint(**changes: Any) -> Json:
    content = {
        "feedbackId": FEEDBACK_ID,
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": "Ann.Lee@example.org"}],
        "timestamp": "2026-11-24T09:30:00.000Z",
        "userAgent": "Yahoo!-Mail-Feedback/2.0",
        "complaintFeedbackType": "abuse",
        "arrivalDate": "2026-11-24T06:10:02.000Z",
    }
    return _record("Complaint", "complaint", content, changes)


def reject(**changes: Any) -> Json:
    return _record("Reject", "reject", {"reason": "Bad content"}, changes)


def opened(**changes: Any) -> Json:
    content = {
        "timestamp": "2026-11-24T07:00:00.500Z",
        "userAgent": BROWSER,
        "ipAddress": "198.51.100.7",
        "isBotEvent": "Unlikely",
    }
    return _record("Open", "open", content, changes)


def click(**changes: Any) -> Json:
    content = {
        "timestamp": "2026-11-24T07:00:09.750Z",
        "ipAddress": "198.51.100.7",
        "userAgent": BROWSER,
        "link": "https://www.example.com/boots?utm_source=mail&utm_campaign=winter-26",
        "linkTags": {"place": ["hero"]},
        "isBotEvent": "Unlikely",
    }
    return _record("Click", "click", content, changes)


def rendering_failure(**changes: Any) -> Json:
    content = {
        "templateName": "welcome",
        "errorMessage": "Attribute 'first_name' is not present in the rendering data.",
    }
    record = _record("Rendering Failure", "failure", content, changes)
    del record["mail"]["headers"], record["mail"]["commonHeaders"]  # SES rendered no headers
    return record


def delayed(address: str = "Ann.Lee@example.org", **changes: Any) -> Json:
    """One member of `delayedRecipients`."""
    return {
        "emailAddress": address,
        "status": "4.4.1",
        "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
    } | changes


def delivery_delay(**changes: Any) -> Json:
    content = {
        "timestamp": "2026-11-24T06:20:00.700Z",
        "delayType": "TransientCommunicationFailure",
        "expirationTime": "2026-11-24T20:10:00.123Z",
        "reportingMTA": "a8-50.smtp-out.eu-west-1.amazonses.com",
        "delayedRecipients": [delayed()],
    }
    return _record("DeliveryDelay", "deliveryDelay", content, changes)


def preferences(*, everything: bool = False, **topics: str) -> Json:
    """A `newTopicPreferences`: topic name -> OptIn or OptOut."""
    status = [{"topicName": name, "subscriptionStatus": value} for name, value in topics.items()]
    return {"unsubscribeAll": everything, "topicSubscriptionStatus": status}


def subscription(**changes: Any) -> Json:
    content = {
        "contactList": "shop",
        "timestamp": "2026-11-24T08:00:00.250Z",
        "source": "UnsubscribeHeader",
        "newTopicPreferences": preferences(everything=True, offers="OptOut"),
        "oldTopicPreferences": preferences(offers="OptIn"),
    }
    return _record("Subscription", "subscription", content, changes)


EVERY: dict[str, Callable[..., Json]] = {
    "send": send,
    "delivery": delivery,
    "bounce": bounce,
    "complaint": complaint,
    "reject": reject,
    "open": opened,
    "click": click,
    "rendering_failure": rendering_failure,
    "delivery_delay": delivery_delay,
    "subscription": subscription,
}
DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}


def envelope(record: Json, **changes: Any) -> Json:
    """The record as EventBridge delivers it."""
    return {
        "version": "0",
        "id": "6f1d2c3b-4a59-4687-9b8a-0c1d2e3f4a5b",
        "detail-type": DETAIL_TYPES.get(record.get("eventType", ""), "Email Sent"),
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-11-24T06:10:04Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:ses:eu-west-1:123456789012:configuration-set/ses-stack-marketing"],
        "detail": record,
    } | changes


def body(record: Json, **changes: Any) -> str:
    """The text of a queue message: the record in its envelope."""
    return json.dumps(envelope(record, **changes), separators=(",", ":"))


def queue_event(*bodies: str, first: int = 1) -> Json:
    """Lambda's event for a batch of queue messages, with ids `m1`, `m2`, ..."""
    return {"Records": [_queue_record(f"m{number}", text) for number, text in enumerate(bodies, first)]}


def _queue_record(message_id: str, text: str) -> Json:
    return {
        "messageId": message_id,
        "receiptHandle": f"receipt-{message_id}",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795500604000",
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1795500604010",
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:ses-stack-EventQueue",
        "awsRegion": "eu-west-1",
    }
