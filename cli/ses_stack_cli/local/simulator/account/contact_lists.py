"""Contact lists: which contacts opted out of which topics.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ses_stack.mail.addresses import address_key, bare
from ses_stack_cli.local.simulator.errors import already_exists, bad_request, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One address on a list. `topics`: OPT_IN or OPT_OUT for the topics on which it has a preference."""

    address: str
    topics: Mapping[str, str] = field(default_factory=dict)
    unsubscribed: bool = False
    attributes: str | None = None
    created: float = 0.0
    updated: float = 0.0


@dataclass(slots=True, kw_only=True)
class ContactList:
    """A list and its topics, as CreateContactList describes them; contacts by normalized address."""

    name: str
    topics: dict[str, dict[str, str]]
    description: str | None = None
    created: float = 0.0
    contacts: dict[str, Contact] = field(default_factory=dict)

    def default(self, topic: str) -> str:
        """The status of a contact that has no preference on the topic."""
        return self.topics[topic].get("DefaultSubscriptionStatus", "OPT_IN")

    def opted_out(self, address: str, topic: str | None) -> bool:
        """Whether mail for this topic, or this list, must not reach the address."""
        contact = self.contacts.get(address_key(address), Contact(address=address))
        if contact.unsubscribed or topic is None:
            return contact.unsubscribed
        return contact.topics.get(topic, self.default(topic)) == "OPT_OUT"


class ContactLists:
    """The account's contact lists, by name."""

    def __init__(self) -> None:
        self.lists: dict[str, ContactList] = {}

    def create(self, created: ContactList) -> None:
        """Adds a list."""
        if created.name in self.lists:
            raise already_exists(f"List with name: {created.name} already exists.")
        self.lists[created.name] = created

    def named(self, name: str) -> ContactList:
        """The list with that name, or a NotFoundException."""
        if name not in self.lists:
            raise not_found(f"List with name: {name} doesn't exist.")
        return self.lists[name]

    def contact(self, list_name: str, address: str) -> Contact:
        """The contact, or a NotFoundException."""
        found = self.named(list_name).contacts.get(address_key(address))
        if found is None:
            raise not_found(f"{address} doesn't exist in List.")
        return found

    def put(self, list_name: str, contact: Contact) -> None:
        """Adds or replaces a contact; its topics must be the list's."""
        contact_list = self.named(list_name)
        for topic in contact.topics:
            _check_topic(contact_list, topic)
        contact_list.contacts[address_key(contact.address)] = contact

    def opted_out(self, list_name: str, topic: str | None, addresses: Iterable[str], now: float) -> frozenset[str]:
        """The contacts that must not get mail for this list and topic. Addresses that are not on the list join it."""
        contact_list = self.named(list_name)
        if topic is not None:
            _check_topic(contact_list, topic)
        opted_out = set()
        for address in addresses:
            contact = Contact(address=bare(address), created=now, updated=now)
            contact_list.contacts.setdefault(address_key(address), contact)
            if contact_list.opted_out(address, topic):
                opted_out.add(address_key(address))
        return frozenset(opted_out)

    def subscribe(self, list_name: str, address: str, topic: str | None, *, opt_in: bool, now: float) -> None:
        """Sets the preference of a recipient that used the link in a message. Without such a list it does nothing."""
        contact_list = self.lists.get(list_name)
        if contact_list is None:
            return
        known = contact_list.contacts.get(address_key(address), Contact(address=bare(address), created=now))
        if topic is None:
            changed = replace(known, unsubscribed=not opt_in, updated=now)
        else:
            topics = {**known.topics, topic: "OPT_IN" if opt_in else "OPT_OUT"}
            changed = replace(known, topics=topics, updated=now)
        contact_list.contacts[address_key(address)] = changed


def _check_topic(contact_list: ContactList, topic: str) -> None:
    if topic not in contact_list.topics:
        raise bad_request(f"List {contact_list.name} doesn't contain topic: {topic}.")
