"""How to make each of the ten event types happen.

The local part of an address, up to a `+`, says what becomes of the mail. SES's own mailbox simulator knows five such
words; here they and more work **at any domain**, so that a campaign to Gmail, Outlook and Yahoo addresses can produce
everything. `bounce+anything@outlook.com` bounces; `anna@outlook.com` is an ordinary address.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ses_stack.mail.addresses import bare
from ses_stack_cli.local.simulator.message import domain_of

MAILBOX_SIMULATOR = "simulator.amazonses.com"
REJECT_MARKER = "SES-SIMULATOR-REJECT-THIS-MESSAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of a message at one recipient. A bounce is (type, subtype), or None."""

    delivered: bool = True
    delay: str | None = None
    bounce: tuple[str, str] | None = None
    complaint: str | None = None
    opened: bool = False
    clicked: bool = False
    bot: bool = False
    subscription: str | None = None


def _bounced(kind: str, subtype: str, **more: bool) -> Outcome:
    return Outcome(delivered=more.get("delivered", False), bounce=(kind, subtype))


WORDS: dict[str, Outcome] = {
    "success": Outcome(),
    "ooto": Outcome(),
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
    "timed-out": Outcome(
        delivered=False, delay="TransientCommunicationFailure", bounce=("Transient", "CustomTimeoutExceeded")
    ),
    "undetermined": _bounced("Undetermined", "Undetermined"),
    "late-bounce": _bounced("Permanent", "General", delivered=True),
    "complaint": Outcome(complaint="abuse"),
    "not-spam": Outcome(complaint="not-spam"),
    "delay": Outcome(delay="MailboxFull"),
    "open": Outcome(opened=True),
    "click": Outcome(opened=True, clicked=True),
    "bot": Outcome(opened=True, clicked=True, bot=True),
    "unsubscribe": Outcome(opened=True, subscription="unsubscribe"),
    "resubscribe": Outcome(opened=True, subscription="subscribe"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the table: an event type (SES's `eventType`), how to provoke it, and what follows."""

    event: str
    how: str
    follows: str


PROVOKE: Sequence[Way] = (
    Way("Send", "any message that names a configuration set", "Send, then what the address says"),
    Way("Delivery", "success@, ooto@, or an ordinary address", "Send, Delivery"),
    Way("Bounce", "bounce@", "Send, Bounce Permanent/General; the address joins SES's account list"),
    Way("Bounce", "no-email@", "Send, Bounce Permanent/NoEmail; the address joins SES's account list"),
    Way("Bounce", "suppressionlist@", "Send, Bounce Permanent/Suppressed"),
    Way("Bounce", "any address on SES's account list", "Send, Bounce Permanent/OnAccountSuppressionList"),
    Way("Bounce", "tenant-suppressed@", "Send, Bounce Permanent/OnTenantSuppressionList"),
    Way("Bounce", "invalid@", "Send, Bounce Permanent/EmailValidationSuppressed"),
    Way("Bounce", "soft-bounce@", "Send, Bounce Transient/MailboxFull"),
    Way("Bounce", "soft-bounce-general@", "Send, Bounce Transient/General"),
    Way("Bounce", "too-large@, content-rejected@, attachment-rejected@", "Send, Bounce Transient/ of that name"),
    Way("Bounce", "timed-out@", "Send, DeliveryDelay, Bounce Transient/CustomTimeoutExceeded"),
    Way("Bounce", "undetermined@", "Send, Bounce Undetermined/Undetermined"),
    Way("Bounce", "late-bounce@", "Send, Delivery, then Bounce Permanent/General"),
    Way(
        "Complaint",
        "complaint@ (not at gmail.com: Gmail sends none)",
        "Send, Delivery, Complaint naming everyone at that domain",
    ),
    Way("Complaint", "not-spam@ (not at gmail.com)", "Send, Delivery, Complaint not-spam: a correction"),
    Way("Reject", f"a subject, body or attachment name that contains {REJECT_MARKER}", "Send, Reject"),
    Way("Open", "open@", "Send, Delivery, Open"),
    Way("Click", "click@", "Send, Delivery, Open, Click (the first link, or one made up)"),
    Way("Click", "bot@", "Send, Delivery, Open and Click within seconds, isBotEvent Likely"),
    Way("Rendering Failure", "a template with a variable that its data lacks", "Rendering Failure, and nothing else"),
    Way("DeliveryDelay", "delay@", "Send, DeliveryDelay, Delivery"),
    Way(
        "Subscription",
        "unsubscribe@ (of the topic if the message names one), or POST /_simulator/unsubscribe",
        "Send, Delivery, Open, Subscription",
    ),
    Way("Subscription", "resubscribe@", "Send, Delivery, Open, Subscription that opts in again"),
)


def word_of(address: str) -> str:
    """The local part of an address, up to a `+`, in lower case."""
    return bare(address).rpartition("@")[0].partition("+")[0].lower()


def outcome_of(address: str) -> Outcome | None:
    """What the address asks for; None for an ordinary one. The mailbox simulator has no ordinary addresses."""
    outcome = WORDS.get(word_of(address))
    if outcome is None and is_mailbox_simulator(address):
        return WORDS["bounce"]
    if outcome and outcome.complaint and _provider_keeps_complaints(address):
        return Outcome()
    return outcome


def is_mailbox_simulator(address: str) -> bool:
    """Whether the address is one of SES's mailbox simulator."""
    return domain_of(address) == MAILBOX_SIMULATOR


def _provider_keeps_complaints(address: str) -> bool:
    return domain_of(address) in ("gmail.com", "googlemail.com")


def table() -> str:
    """The table as text, for a terminal."""
    widths = [max(len(cells) for cells in column) for column in zip(*_cells(), strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in _cells()
    )


def _cells() -> list[tuple[str, str, str]]:
    return [("EVENT", "HOW", "WHAT FOLLOWS")] + [(way.event, way.how, way.follows) for way in PROVOKE]
