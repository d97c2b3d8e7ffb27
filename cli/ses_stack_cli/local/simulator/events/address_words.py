"""The words in recipients' addresses that decide what happens to a message.

The word is the local part of an address, up to a `+`. SES's own mailbox simulator knows five such words. Here they and
more work **at any domain**, so that a campaign to Gmail, Outlook and Yahoo addresses can produce everything.
`bounce+anything@outlook.com` bounces; `anna@outlook.com` is an ordinary address.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ses_stack.mail.addresses import bare
from ses_stack_cli.local.simulator.mail.message import domain_of

MAILBOX_SIMULATOR = "simulator.amazonses.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientOutcome:
    """What happens to a message at one recipient. A bounce is (bounceType, bounceSubType), or None.

    `auto_reply`: an out-of-office reply, which SES publishes `after` or `before` the Delivery. `delay`: a delayType.
    `complaint`: a complaintFeedbackType, or the complaintSubType `OnAccountSuppressionList`.
    `subscription`: `unsubscribe` or `subscribe`.
    """

    delivered: bool = True
    delay: str | None = None
    bounce: tuple[str, str] | None = None
    auto_reply: Literal["after", "before"] | None = None
    complaint: str | None = None
    opened: bool = False
    clicked: bool = False
    bot: bool = False
    subscription: str | None = None


def _bounced(bounce_type: str, subtype: str, *, delivered: bool = False) -> RecipientOutcome:
    return RecipientOutcome(delivered=delivered, bounce=(bounce_type, subtype))


WORDS: Mapping[str, RecipientOutcome] = {
    "success": RecipientOutcome(),
    "ooto": RecipientOutcome(auto_reply="after"),
    "early-ooto": RecipientOutcome(auto_reply="before"),
    "bounce": _bounced("Permanent", "General"),
    "no-email": _bounced("Permanent", "NoEmail"),
    "suppressionlist": _bounced("Permanent", "Suppressed"),
    "tenant-suppressed": _bounced("Permanent", "OnTenantSuppressionList"),
    "invalid": _bounced("Permanent", "EmailValidationSuppressed"),
    "soft-bounce": _bounced("Transient", "MailboxFull"),
    "soft-bounce-general": _bounced("Transient", "General"),
    "too-large": _bounced("Transient", "MessageTooLarge"),
    "content-rejected": _bounced("Transient", "ContentRejected"),
    "attachment-rejected": _bounced("Transient", "AttachmentRejected"),
    "timed-out": RecipientOutcome(
        delivered=False, delay="TransientCommunicationFailure", bounce=("Transient", "CustomTimeoutExceeded")
    ),
    "undetermined": _bounced("Undetermined", "Undetermined"),
    "late-bounce": _bounced("Permanent", "General", delivered=True),
    "late-mailbox-full": _bounced("Transient", "MailboxFull", delivered=True),
    "late-soft-bounce": _bounced("Transient", "General", delivered=True),
    "complaint": RecipientOutcome(complaint="abuse"),
    "not-spam": RecipientOutcome(complaint="not-spam"),
    "delay": RecipientOutcome(delay="MailboxFull"),
    "open": RecipientOutcome(opened=True),
    "click": RecipientOutcome(opened=True, clicked=True),
    "bot": RecipientOutcome(opened=True, clicked=True, bot=True),
    "unsubscribe": RecipientOutcome(opened=True, subscription="unsubscribe"),
    "resubscribe": RecipientOutcome(opened=True, subscription="subscribe"),
}


def word_of(address: str) -> str:
    """The local part of an address, up to a `+`, in lower case."""
    return bare(address).rpartition("@")[0].partition("+")[0].lower()


def outcome_of_word(address: str) -> RecipientOutcome | None:
    """The outcome that the address asks for; None for an ordinary address.

    The mailbox simulator has no ordinary addresses: an unknown word bounces there.
    """
    outcome = WORDS.get(word_of(address))
    if outcome is None and is_mailbox_simulator(address):
        return WORDS["bounce"]
    if outcome and outcome.complaint and _provider_keeps_complaints(address):
        return RecipientOutcome()
    return outcome


def is_mailbox_simulator(address: str) -> bool:
    """Whether the address belongs to SES's mailbox simulator."""
    return domain_of(address) == MAILBOX_SIMULATOR


def _provider_keeps_complaints(address: str) -> bool:
    """Gmail has no feedback loop for single messages."""
    return domain_of(address) in ("gmail.com", "googlemail.com")
