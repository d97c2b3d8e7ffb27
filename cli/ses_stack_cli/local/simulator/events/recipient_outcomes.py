"""What happens to a message at one address: the lists decide first, then the address's word, else chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.events.address_words import RecipientOutcome, outcome_of_word
from ses_stack_cli.local.simulator.events.engagement import tracked_links
from ses_stack_cli.local.simulator.mail.message import Message, domain_of
from ses_stack_cli.local.simulator.settings import Shares

# SES accepts a message to an address on the account's suppression list and does not send it. The event that follows
# depends on the reason for which the address is listed.
# https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
_ON_SUPPRESSION_LIST: Mapping[str, RecipientOutcome] = {
    "BOUNCE": RecipientOutcome(delivered=False, bounce=("Permanent", "OnAccountSuppressionList")),
    "COMPLAINT": RecipientOutcome(delivered=False, complaint="OnAccountSuppressionList"),
}
# SES publishes a bounce for mail to a contact that unsubscribed. Its type is not documented; with this one no
# application treats the address as a bad one.
# https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
_OPTED_OUT = RecipientOutcome(delivered=False, bounce=("Undetermined", "Undetermined"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRules:
    """The rules when a message is sent. Addresses are normalized.

    `suppressed`: addresses on the account's suppression list -> reason. `opted_out`: contacts that must not get it.
    """

    shares: Shares
    suppressed: Mapping[str, str] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()

    def outcome(self, address: str, message: Message, rng: random.Random) -> RecipientOutcome:
        """What happens to the message at this address."""
        ordinary = _random_outcome(message, rng, self.shares, domain_of(address))
        if reason := self.suppressed.get(address_key(address)):
            return _ON_SUPPRESSION_LIST[reason]
        if address_key(address) in self.opted_out:
            return _OPTED_OUT
        return outcome_of_word(address) or ordinary


def _random_outcome(message: Message, rng: random.Random, shares: Shares, domain: str) -> RecipientOutcome:
    """Draws the same number of random values for every address, so that outcomes do not depend on each other."""
    bounced, delay, complaint, opened, bot, clicked, left = (rng.random() for _ in range(7))
    if bounced < shares.hard_bounce:
        return RecipientOutcome(delivered=False, bounce=("Permanent", "General"))
    if bounced < shares.hard_bounce + shares.soft_bounce:
        return RecipientOutcome(delivered=False, bounce=("Transient", "MailboxFull" if delay < 0.5 else "General"))
    opens = opened < shares.opened and message.html is not None and message.track_opens
    clicks = opens and clicked < shares.clicked and bool(tracked_links(message.html)) and message.track_clicks
    unsubscribes = clicks and message.contact_list is not None and left < shares.unsubscribed
    return RecipientOutcome(
        delay="RecipientServerError" if delay < shares.delay else None,
        complaint="abuse" if complaint < shares.complaint and domain != "gmail.com" else None,
        opened=opens,
        clicked=clicks,
        bot=opens and bot < shares.bot,
        subscription="unsubscribe" if unsubscribes else None,
    )
