"""How to make each of the ten event types happen: the table that `ses-stack local provoke` prints.

`address_words` says what each word means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# SES takes a message that contains this marker, and then rejects it as it rejects a virus.
REJECT_MARKER = "SES-SIMULATOR-REJECT-THIS-MESSAGE"


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the table: an event type (SES's `eventType`), how to provoke it, and the events that follow."""

    event: str
    how: str
    follows: str


PROVOKE: Sequence[Way] = (
    Way("Send", "any message that names a configuration set", "Send, then what the address says"),
    Way("Delivery", "success@, or an ordinary address", "Send, Delivery"),
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
    Way("Bounce", "late-mailbox-full@", "Send, Delivery, then Bounce Transient/MailboxFull"),
    Way("Bounce", "late-soft-bounce@", "Send, Delivery, then Bounce Transient/General"),
    Way("Bounce", "ooto@", "Send, Delivery, then Bounce Transient/General without a status: an out-of-office reply"),
    Way("Bounce", "early-ooto@", "Send, the out-of-office reply, and 23 ms later the Delivery"),
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


def table() -> str:
    """The table as text, for a terminal."""
    widths = [max(len(cells) for cells in column) for column in zip(*_cells(), strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in _cells()
    )


def _cells() -> list[tuple[str, str, str]]:
    return [("EVENT", "HOW", "WHAT FOLLOWS")] + [(way.event, way.how, way.follows) for way in PROVOKE]
