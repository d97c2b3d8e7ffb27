"""What stands in each record under its own key, and the small lies (links, agents, server replies) that it takes.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

type Body = dict[str, Any]

_REPORTING_MTA = "dsn; a8-96.smtp-out.amazonses.com"
# subtype: status, what the other side (or SES itself) said
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
_DELAYS: Mapping[str, tuple[str, str]] = {
    "MailboxFull": ("4.2.2", "smtp; 452 4.2.2 mailbox full, try again later"),
    "RecipientServerError": ("4.3.0", "smtp; 451 4.3.0 temporary system problem"),
    "TransientCommunicationFailure": ("4.4.1", "smtp; 421 4.4.1 Unable to connect to remote host"),
}
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
_BOT_AGENT = "Mozilla/5.0 (compatible; MailSecurityScanner/2.1)"
_ANCHOR = re.compile(r"<a\s([^>]*)>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_LINK_TAGS = re.compile(r"""ses:tags\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Agent:
    """Whoever opened: an address, a program, and SES's guess whether it is a machine (None: no guess)."""

    ip: str
    name: str
    bot: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A tracked link and its tags."""

    url: str
    tags: Mapping[str, Sequence[str]] | None


def agent(chance: random.Random, *, bot: bool) -> Agent:
    """Someone who reads mail. SES's guess is missing about a fifth of the time."""
    ip = f"203.0.113.{chance.randint(1, 254)}"
    name = _BOT_AGENT if bot else chance.choice(_AGENTS)
    unsaid = chance.random() < 0.2
    return Agent(ip, name, "Likely" if bot else None if unsaid else "Unlikely")


def links(html: str | None) -> list[Link]:
    """The links that SES tracks: http and https, not marked `ses:no-track`.

    https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html
    """
    found = []
    for anchor in _ANCHOR.findall(html or ""):
        href = _HREF.search(anchor)
        if href and href[1].startswith(("http://", "https://")) and "ses:no-track" not in anchor.lower():
            found.append(Link(unescape(href[1]), _link_tags(anchor)))
    return found


def link(html: str | None, chance: random.Random) -> Link:
    """One of the links, or one made up where there is none."""
    return chance.choice(links(html) or [Link("https://example.com/", None)])


def _link_tags(anchor: str) -> dict[str, list[str]] | None:
    found = _LINK_TAGS.search(anchor)
    pairs = [part.partition(":") for part in found[1].split(";") if ":" in part] if found else []
    return {name.strip(): [value.strip()] for name, _, value in pairs} or None


def rendering_failure(template: str, error: str) -> Body:
    """The body of a Rendering Failure; it has no timestamp."""
    return {"templateName": template, "errorMessage": error}


def delivery(recipients: Sequence[str], at: str, milliseconds: int, domain: str, chance: random.Random) -> Body:
    """The body of a Delivery."""
    body: Body = {
        "timestamp": at,
        "processingTimeMillis": milliseconds,
        "recipients": list(recipients),
        "smtpResponse": f"250 2.0.0 OK {chance.getrandbits(40):010x} - {domain}",
        "reportingMTA": "a8-96.smtp-out.amazonses.com",
    }
    if chance.random() < 0.5:
        body["remoteMtaIp"] = f"198.51.100.{chance.randint(1, 254)}"
    return body


def bounce(kinds: tuple[str, str], recipients: Sequence[str], at: str, feedback_id: str) -> Body:
    """The body of a Bounce."""
    kind, subtype = kinds
    status, diagnosis = _SOFT_GENERAL if kinds == ("Transient", "General") else _DIAGNOSES[subtype]
    return {
        "feedbackId": feedback_id,
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [
            {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnosis}
            for address in recipients
        ],
        "timestamp": at,
        **({"reportingMTA": _REPORTING_MTA} if diagnosis.startswith("smtp") else {"remoteMtaIp": "127.0.53.53"}),
    }


def complaint(
    kind: str, recipients: Sequence[str], *, at: str, feedback_id: str, arrived: str, chance: random.Random
) -> Body:
    """The body of a Complaint. One for an address on the account's list has a subtype and no feedback report."""
    body: Body = {
        "feedbackId": feedback_id,
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": at,
    }
    if kind == "OnAccountSuppressionList":
        return body | {"complaintSubType": kind}
    report = {"userAgent": "ExampleMailboxProvider Feedback-Loop/1.0", "complaintFeedbackType": kind}
    return body | report | ({"arrivalDate": arrived} if chance.random() < 0.8 else {})


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


def opened(who: Agent, at: str) -> Body:
    """The body of an Open."""
    body = {"timestamp": at, "userAgent": who.name, "ipAddress": who.ip}
    return body | ({"isBotEvent": who.bot} if who.bot else {})


def clicked(who: Agent, at: str, link: Link) -> Body:
    """The body of a Click: an Open's, and the link. Its tags are null where it has none."""
    return opened(who, at) | {"link": link.url, "linkTags": link.tags}


def subscription(change: str, contact_list: str | None, topic: str | None, *, source: str) -> Body:
    """The body of a Subscription, but for its timestamp: to one topic if there is one, else to all."""
    out = change == "unsubscribe"
    return {
        "contactList": contact_list or "contacts",
        "source": source,
        "newTopicPreferences": _preferences(out=out, topic=topic),
        "oldTopicPreferences": _preferences(out=not out, topic=topic),
    }


def _preferences(*, out: bool, topic: str | None) -> Body:
    status = {"topicName": topic, "subscriptionStatus": "OptOut" if out else "OptIn"}
    return {"unsubscribeAll": out and topic is None, "topicSubscriptionStatus": [status] if topic else []}
