"""What becomes of a message at one address: what its word says, what lists say, else chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from ses_stack.mail.addresses import normalized
from ses_stack_cli.local.simulator import bodies
from ses_stack_cli.local.simulator.message import Message, domain_of
from ses_stack_cli.local.simulator.provoke import Outcome, outcome_of
from ses_stack_cli.local.simulator.settings import Shares

# An address on the account's list: SES accepts the message and does not send it. What it then publishes follows the
# reason for which the address is listed (complaintSubType in the page above).
_ON_LIST: Mapping[str, Outcome] = {
    "BOUNCE": Outcome(delivered=False, bounce=("Permanent", "OnAccountSuppressionList")),
    "COMPLAINT": Outcome(delivered=False, complaint="OnAccountSuppressionList"),
}
# SES issues a bounce event for mail to a contact that unsubscribed. Which type it has is not documented; with this one
# nobody takes the address for a bad one.
# https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
_OPTED_OUT = Outcome(delivered=False, bounce=("Undetermined", "Undetermined"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What is known when a message is sent: who is on the account's list and why, who opted out, and the shares.

    Addresses are normalized.
    """

    shares: Shares
    suppressed: Mapping[str, str] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()

    def of(self, address: str, message: Message, chance: random.Random) -> Outcome:
        """What becomes of the message at this address."""
        ordinary = _ordinary(message, chance, self.shares, domain_of(address))
        if reason := self.suppressed.get(normalized(address)):
            return _ON_LIST[reason]
        if normalized(address) in self.opted_out:
            return _OPTED_OUT
        return outcome_of(address) or ordinary


def _ordinary(message: Message, chance: random.Random, shares: Shares, domain: str) -> Outcome:
    """Always the same number of draws, so that one recipient's fate never hangs on another's."""
    fate, delay, complaint, opened, bot, clicked, left = (chance.random() for _ in range(7))
    if fate < shares.hard_bounce:
        return Outcome(delivered=False, bounce=("Permanent", "General"))
    if fate < shares.hard_bounce + shares.soft_bounce:
        return Outcome(delivered=False, bounce=("Transient", "MailboxFull" if delay < 0.5 else "General"))
    seen = opened < shares.opened and message.html is not None and message.track_opens
    followed = seen and clicked < shares.clicked and bool(bodies.links(message.html)) and message.track_clicks
    managed = followed and message.contact_list is not None and left < shares.unsubscribed
    return Outcome(
        delay="RecipientServerError" if delay < shares.delay else None,
        complaint="abuse" if complaint < shares.complaint and domain != "gmail.com" else None,
        opened=seen,
        clicked=followed,
        bot=seen and bot < shares.bot,
        subscription="unsubscribe" if managed else None,
    )
