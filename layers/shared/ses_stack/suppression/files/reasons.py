"""Reasons in files: the words of SES, SendGrid, Mailchimp, Mailgun, Postmark, Brevo and others for why an address is
suppressed. A column `reason` may also hold what a mail server answered: that is a note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ses_stack.suppression.facts import Reason

_WORDS: Mapping[Reason, str] = {
    Reason.BOUNCE: "bounce bounced hard hardbounce hardbounced permanent invalid invalidemail cleaned",
    Reason.SOFT_BOUNCE: "softbounce softbounced",
    Reason.COMPLAINT: "complaint complained spam spamcomplaint spamreport abuse abusecomplaint contactflaggedasspam",
    Reason.UNSUBSCRIBE: "unsubscribe unsubscribed unsub optout optedout listunsubscribe globalunsubscribe "
    "unsubscribedviaemail unsubscribedviama unsubscribedviaapi",
    Reason.MANUAL: "manual manualsuppression manualblock adminblocked blocklisted blacklisted",
}
_REASONS: Mapping[str, Reason] = {word: reason for reason, words in _WORDS.items() for word in words.split()}
# What the status of an address that gets mail is called.
_MAILED = {"active", "confirmed", "delivered", "enabled", "subscribed", "valid"}
_PASSING_FAILURE = re.compile(r"4\.\d{1,3}\.\d{1,3}")
# A reply code, `550 5.1.1 no such user`, or more than one word.
_SERVER_TEXT = re.compile(r"(?:smtp;\s*)?[245]\d\d\b|[245]\.\d{1,3}\.\d{1,3}\b|\S+\s+\S", re.IGNORECASE)


def known_reason(text: str) -> Reason | None:
    """The reason that a word means, in any of the known spellings; None for any other text."""
    return _REASONS.get(re.sub(r"[\s_-]", "", text).casefold())


def is_server_text(text: str) -> bool:
    """Whether a text that is no reason may be what a mail server or a person wrote about it."""
    return bool(_SERVER_TEXT.match(text))


def check_status(text: str) -> None:
    """Raises `ValueError` if the status of an address says that it should not be suppressed."""
    if text.casefold() in _MAILED:
        raise ValueError("status says that the address gets mail; --ignore-column status loads it all the same")
    if _PASSING_FAILURE.fullmatch(text):
        raise ValueError("status 4.x.x is a failure that passes; --ignore-column status loads it all the same")
