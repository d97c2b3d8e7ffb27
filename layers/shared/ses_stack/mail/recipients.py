"""The recipients that an SES event names, read by one rule for history and for suppression.

A recipient is the address in its text (`address_in`), else the message's only recipient. A recipient that is neither
cannot be read; the event's other recipients can. Of a recipient that an event names twice, the first entry with a
delivery status counts, or else the first entry (`counts_instead`).
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ses_stack.errors import FieldError
from ses_stack.mail.addresses import address_in, key_of

_DESTINATION = "mail.destination"
_PROBLEM = "is not an e-mail address"


# The members that SES takes from a delivery status notification, the most telling first.
# https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounced-recipients
_STATUS_MEMBERS = ("diagnosticCode", "status", "action")


class NamedRecipient(NamedTuple):
    """A recipient's text, and the field that holds it: `bounce.bouncedRecipients[0].emailAddress`.

    `status`: the receiving server's answer, or what else its entry has of a delivery status notification. An auto-reply
    has none.
    """

    field: str
    text: object
    status: str | None = None


class EventRecipient(NamedTuple):
    """A recipient: the key of the address, the address as the event spells it, and the `status` of its entry."""

    key: str
    as_spelled: str
    status: str | None = None


@dataclass(slots=True)
class EventRecipients:
    """The recipients of an event, each once; `unreadable`: the first that cannot be read."""

    readable: list[EventRecipient]
    unreadable: FieldError | None = None

    def spellings(self) -> list[str]:
        """The addresses in the case in which the event spells them."""
        return [recipient.as_spelled for recipient in self.readable]


def named_in_list(field: str, texts: Sequence[object]) -> list[NamedRecipient]:
    """The members of `mail.destination` or `delivery.recipients`."""
    return [NamedRecipient(f"{field}[{number}]", text) for number, text in enumerate(texts)]


def named_in_entries(field: str, entries: Sequence[object]) -> list[NamedRecipient]:
    """The members of `bouncedRecipients` and the like, which are objects with an `emailAddress`."""
    members = [entry if isinstance(entry, dict) else {} for entry in entries]
    return [
        NamedRecipient(f"{field}[{number}].emailAddress", entry.get("emailAddress"), _status(entry))
        for number, entry in enumerate(members)
    ]


def recipient_of(named: NamedRecipient | None, destination: Sequence[object] | None) -> EventRecipient | None:
    """The recipient that an event names; for an event that names none, the message's only recipient.

    None if the event names none and the message had several recipients, or none. Raises a `FieldError` that names the
    field of a recipient that cannot be read.
    """
    if named is None:
        return _only_recipient(destination)
    if recipient := _read(named.text) or _only_readable(destination):
        return recipient._replace(status=named.status)
    raise FieldError(named.field, _PROBLEM)


def recipients_of(named: Iterable[NamedRecipient | None], destination: Sequence[object] | None) -> EventRecipients:
    """All recipients that an event names, or the message's only one if `named` is empty."""
    found: dict[str, EventRecipient] = {}
    unreadable = None
    for each in list(named) or [None]:
        try:
            recipient = recipient_of(each, destination)
            if recipient and counts_instead(recipient, found.setdefault(recipient.key, recipient)):
                found[recipient.key] = recipient
        except FieldError as error:
            unreadable = unreadable or error
    return EventRecipients(list(found.values()), unreadable)


def counts_instead(later: EventRecipient, earlier: EventRecipient) -> bool:
    """Whether the later of two entries of one recipient counts."""
    return later.status is not None and earlier.status is None


def _status(entry: Mapping[str, object]) -> str | None:
    """SES gives these members only if the notification has them, so they may be anything."""
    texts = map(entry.get, _STATUS_MEMBERS)
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


def _read(text: object) -> EventRecipient | None:
    address = address_in(text) if isinstance(text, str) else None
    return EventRecipient(key_of(address), address) if address else None


def _only_readable(destination: Sequence[object] | None) -> EventRecipient | None:
    """The message's only recipient, however often it is named; None if there are others, readable or not."""
    read = list(map(_read, destination or ()))
    return read[0] if read and len({recipient and recipient.key for recipient in read}) == 1 else None


def _only_recipient(destination: Sequence[object] | None) -> EventRecipient | None:
    recipient = _only_readable(destination)
    if recipient is None and destination and len(destination) == 1:
        raise FieldError(f"{_DESTINATION}[0]", _PROBLEM)
    return recipient
