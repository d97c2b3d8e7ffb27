"""The object of each event type: what a record has under the type's own key. Server replies are invented.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from ses_stack_cli.local.simulator.events.engagement import Link, MailClient

type Body = dict[str, Any]

_BOUNCE_REPORTING_MTA = "dsn; a8-96.smtp-out.amazonses.com"
# bounceSubType -> status, diagnostic code of the receiving server or of SES itself
_DIAGNOSES: Mapping[str, tuple[str, str]] = {
    "General": ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    "NoEmail": ("5.1.1", "smtp; 550 5.1.1 no such mailbox"),
    "Suppressed": (
        "5.1.1",
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid"
        " address. For more information about how to remove an address from the suppression list, see the Amazon SES"
        " Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html",
    ),
    "OnAccountSuppressionList": (
        "5.1.1",
        "Amazon SES did not send the message to this address because it is on the suppression list for your account."
        " For more information about removing addresses from the suppression list, see the Amazon SES Developer Guide"
        " at https://docs.aws.amazon.com/ses/latest/DeveloperGuide/sending-email-suppression-list.html",
    ),
    "OnTenantSuppressionList": (
        "5.1.1",
        "Amazon SES did not send the message to this address because it is on the suppression list of the tenant.",
    ),
    "EmailValidationSuppressed": (
        "5.1.1",
        "Amazon SES did not send the message to this address because e-mail validation found it undeliverable.",
    ),
    "MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "MessageTooLarge": ("5.3.4", "smtp; 552 5.3.4 message size exceeds fixed limit"),
    "CustomTimeoutExceeded": ("4.4.7", "smtp; 554 4.4.7 message expired: unable to deliver in time"),
    "ContentRejected": ("5.7.1", "smtp; 554 5.7.1 message refused for its content"),
    "AttachmentRejected": ("5.7.1", "smtp; 552 5.7.0 attachment type not accepted"),
    "Undetermined": ("5.0.0", "smtp; 554 5.0.0 delivery failed"),
}
_SOFT_GENERAL = ("4.4.1", "smtp; 421 4.4.1 unable to connect to remote host")
# delayType -> status, diagnostic code
_DELAYS: Mapping[str, tuple[str, str]] = {
    "MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full, try again later"),
    "RecipientServerError": ("4.3.0", "smtp; 451 4.3.0 temporary system problem"),
    "TransientCommunicationFailure": ("4.4.1", "smtp; 421 4.4.1 Unable to connect to remote host"),
}


def rendering_failure(template: str, error: str) -> Body:
    """The body of a Rendering Failure; it has no timestamp."""
    return {"templateName": template, "errorMessage": error}


def delivery(recipients: Sequence[str], at: str, milliseconds: int, domain: str, rng: random.Random) -> Body:
    """The body of a Delivery."""
    body: Body = {
        "timestamp": at,
        "processingTimeMillis": milliseconds,
        "recipients": list(recipients),
        "smtpResponse": f"250 2.0.0 OK {rng.getrandbits(40):010x} - {domain}",
        "reportingMTA": "a8-96.smtp-out.amazonses.com",
    }
    if rng.random() < 0.5:
        body["remoteMtaIp"] = f"198.51.100.{rng.randint(1, 254)}"
    return body


def bounce(bounce_type: str, subtype: str, recipients: Sequence[str], *, at: str, feedback_id: str) -> Body:
    """The body of a Bounce."""
    status, diagnosis = _SOFT_GENERAL if (bounce_type, subtype) == ("Transient", "General") else _DIAGNOSES[subtype]
    return {
        "feedbackId": feedback_id,
        "bounceType": bounce_type,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnosis}
            for address in recipients
        ],
        "timestamp": at,
        **({"reportingMTA": _BOUNCE_REPORTING_MTA} if diagnosis.startswith("smtp") else {"remoteMtaIp": "127.0.53.53"}),
    }


def auto_reply(recipients: Sequence[str], *, at: str, feedback_id: str) -> Body:
    """The body of the Bounce that SES publishes for an out-of-office reply, which has no delivery status.

    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounced-recipients
    """
    return {
        "feedbackId": feedback_id,
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": at,
    }


def complaint(
    kind: str, recipients: Sequence[str], *, at: str, feedback_id: str, arrived: str, rng: random.Random
) -> Body:
    """The body of a Complaint. For an address on the account's list: a subtype, and no feedback report."""
    body: Body = {
        "feedbackId": feedback_id,
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": at,
    }
    if kind == "OnAccountSuppressionList":
        return body | {"complaintSubType": kind}
    report = {"userAgent": "ExampleMailboxProvider Feedback-Loop/1.0", "complaintFeedbackType": kind}
    return body | report | ({"arrivalDate": arrived} if rng.random() < 0.8 else {})


def delivery_delay(kind: str, recipients: Sequence[str], at: str, expires: str, domain: str) -> Body:
    """The body of a DeliveryDelay."""
    status, diagnosis = _DELAYS[kind]
    return {
        "timestamp": at,
        "delayType": kind,
        "expirationTime": expires,
        "reportingMTA": domain,
        "delayedRecipients": [
            {"emailAddress": address, "status": status, "diagnosticCode": diagnosis} for address in recipients
        ],
    }


def opened(client: MailClient, at: str) -> Body:
    """The body of an Open."""
    body = {"timestamp": at, "userAgent": client.user_agent, "ipAddress": client.ip_address}
    return body | ({"isBotEvent": client.is_bot_event} if client.is_bot_event else {})


def clicked(client: MailClient, at: str, link: Link) -> Body:
    """The body of a Click: that of an Open and the link. `linkTags` is null for a link without tags."""
    return opened(client, at) | {"link": link.url, "linkTags": link.tags}


def subscription(change: str, contact_list: str | None, topic: str | None, *, source: str) -> Body:
    """The body of a Subscription without its timestamp. It concerns the topic if there is one, else all mail."""
    opt_out = change == "unsubscribe"
    return {
        "contactList": contact_list or "contacts",
        "source": source,
        "newTopicPreferences": _preferences(opt_out=opt_out, topic=topic),
        "oldTopicPreferences": _preferences(opt_out=not opt_out, topic=topic),
    }


def _preferences(*, opt_out: bool, topic: str | None) -> Body:
    status = {"topicName": topic, "subscriptionStatus": "OptOut" if opt_out else "OptIn"}
    return {"unsubscribeAll": opt_out and topic is None, "topicSubscriptionStatus": [status] if topic else []}
