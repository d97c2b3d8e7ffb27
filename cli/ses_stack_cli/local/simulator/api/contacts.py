"""Contact lists and contacts. Changes made here publish no event: only those that a recipient makes do.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateContactList.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_UpdateContact.html
"""

from __future__ import annotations

from dataclasses import replace

from ses_stack.mail.addresses import normalized
from ses_stack_cli.local.simulator.api.calls import Call, Json, page
from ses_stack_cli.local.simulator.compose import check_address
from ses_stack_cli.local.simulator.contacts import Contact, ContactList
from ses_stack_cli.local.simulator.errors import already_exists, bad_request
from ses_stack_cli.local.simulator.requests import ContactBody, ContactListBody, read
from ses_stack_cli.local.simulator.simulator import Simulator


async def create_list(simulator: Simulator, call: Call) -> Json:
    """Creates a contact list."""
    asked = read(ContactListBody, call.body)
    simulator.contacts.create(
        ContactList(
            name=asked.ContactListName,
            topics={topic.TopicName: topic.model_dump(exclude_none=True) for topic in asked.Topics},
            description=asked.Description,
            created=simulator.clock(),
        )
    )
    return {}


async def get_list(simulator: Simulator, call: Call) -> Json:
    """A contact list and its topics."""
    owner = simulator.contacts.named(call.names["ContactListName"])
    shown = {"ContactListName": owner.name, "Topics": list(owner.topics.values()), "CreatedTimestamp": owner.created}
    return shown | ({"Description": owner.description} if owner.description else {})


async def delete_list(simulator: Simulator, call: Call) -> Json:
    """Deletes a contact list with its contacts."""
    simulator.contacts.named(call.names["ContactListName"])
    del simulator.contacts.lists[call.names["ContactListName"]]
    return {}


async def list_lists(simulator: Simulator, call: Call) -> Json:
    """The contact lists, by page."""
    lists = [{"ContactListName": name} for name in sorted(simulator.contacts.lists)]
    shown, more = page(call, lists)
    return {"ContactLists": shown} | more


async def create_contact(simulator: Simulator, call: Call) -> Json:
    """Puts an address on a contact list."""
    asked, name, now = read(ContactBody, call.body), call.names["ContactListName"], simulator.clock()
    address = asked.EmailAddress
    check_address(address)
    if normalized(address) in simulator.contacts.named(name).contacts:
        raise already_exists(f"{address} already exists in List.")
    simulator.contacts.put(name, _changed(Contact(address=address, created=now), asked, now))
    return {}


async def update_contact(simulator: Simulator, call: Call) -> Json:
    """Changes a contact's preferences. Publishes nothing."""
    name, address = call.names["ContactListName"], call.names["EmailAddress"]
    known = simulator.contacts.contact(name, address)
    simulator.contacts.put(name, _changed(known, read(ContactBody, call.body), simulator.clock()))
    return {}


async def get_contact(simulator: Simulator, call: Call) -> Json:
    """A contact and its preferences."""
    owner = simulator.contacts.named(call.names["ContactListName"])
    contact = simulator.contacts.contact(owner.name, call.names["EmailAddress"])
    return _shown(contact) | {
        "ContactListName": owner.name,
        "TopicDefaultPreferences": _preferences({topic: owner.default(topic) for topic in owner.topics}),
        "CreatedTimestamp": contact.created,
    }


async def delete_contact(simulator: Simulator, call: Call) -> Json:
    """Takes an address off a contact list."""
    name, address = call.names["ContactListName"], call.names["EmailAddress"]
    simulator.contacts.contact(name, address)
    del simulator.contacts.named(name).contacts[normalized(address)]
    return {}


async def list_contacts(simulator: Simulator, call: Call) -> Json:
    """The contacts of a list, by page. Filters are not supported."""
    asked = call.json()
    if asked.get("Filter"):
        raise bad_request("The simulator does not support filters in ListContacts.")
    owner = simulator.contacts.named(call.names["ContactListName"])
    query = "&".join(f"{name}={asked[name]}" for name in ("PageSize", "NextToken") if name in asked)
    contacts = [_shown(contact) for _, contact in sorted(owner.contacts.items())]
    shown, more = page(replace(call, query=query), contacts)
    return {"Contacts": shown} | more


def _changed(contact: Contact, asked: ContactBody, now: float) -> Contact:
    preferences = asked.TopicPreferences
    return replace(
        contact,
        topics=contact.topics
        if preferences is None
        else {each.TopicName: each.SubscriptionStatus for each in preferences},
        unsubscribed=contact.unsubscribed if asked.UnsubscribeAll is None else asked.UnsubscribeAll,
        attributes=asked.AttributesData or contact.attributes,
        updated=now,
    )


def _shown(contact: Contact) -> Json:
    shown = {
        "EmailAddress": contact.address,
        "TopicPreferences": _preferences(dict(contact.topics)),
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": contact.updated,
    }
    return shown | ({"AttributesData": contact.attributes} if contact.attributes else {})


def _preferences(topics: dict[str, str]) -> list[Json]:
    return [{"TopicName": topic, "SubscriptionStatus": status} for topic, status in sorted(topics.items())]
