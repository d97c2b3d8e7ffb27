"""Contact lists and contacts. Changes made here publish no event: only those that a recipient makes do.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateContactList.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_UpdateContact.html
"""

from __future__ import annotations

from dataclasses import replace

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.account.contact_lists import Contact, ContactList
from ses_stack_cli.local.simulator.api.bodies import ContactBody, ContactListBody
from ses_stack_cli.local.simulator.api.call import Call, Json, page
from ses_stack_cli.local.simulator.errors import already_exists, bad_request
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.mail.checks import check_address
from ses_stack_cli.local.simulator.simulator import Simulator


async def create_list(simulator: Simulator, call: Call) -> Json:
    """Creates a contact list."""
    request = read(ContactListBody, call.body)
    simulator.contacts.create(
        ContactList(
            name=request.ContactListName,
            topics={topic.TopicName: topic.model_dump(exclude_none=True) for topic in request.Topics},
            description=request.Description,
            created=simulator.clock(),
        )
    )
    return {}


async def get_list(simulator: Simulator, call: Call) -> Json:
    """A contact list and its topics."""
    found = simulator.contacts.named(call.path_names["ContactListName"])
    answer = {"ContactListName": found.name, "Topics": list(found.topics.values()), "CreatedTimestamp": found.created}
    return answer | ({"Description": found.description} if found.description else {})


async def delete_list(simulator: Simulator, call: Call) -> Json:
    """Deletes a contact list with its contacts."""
    simulator.contacts.named(call.path_names["ContactListName"])
    del simulator.contacts.lists[call.path_names["ContactListName"]]
    return {}


async def list_lists(simulator: Simulator, call: Call) -> Json:
    """The contact lists by page."""
    lists = [{"ContactListName": name} for name in sorted(simulator.contacts.lists)]
    listed, next_page = page(call.parameters(), lists)
    return {"ContactLists": listed} | next_page


async def create_contact(simulator: Simulator, call: Call) -> Json:
    """Adds an address to a contact list."""
    request, name, now = read(ContactBody, call.body), call.path_names["ContactListName"], simulator.clock()
    address = request.EmailAddress
    check_address(address)
    if address_key(address) in simulator.contacts.named(name).contacts:
        raise already_exists(f"{address} already exists in List.")
    simulator.contacts.put(name, _changed(Contact(address=address, created=now), request, now))
    return {}


async def update_contact(simulator: Simulator, call: Call) -> Json:
    """Changes a contact's preferences. Publishes nothing."""
    name, address = call.path_names["ContactListName"], call.path_names["EmailAddress"]
    contact = simulator.contacts.contact(name, address)
    simulator.contacts.put(name, _changed(contact, read(ContactBody, call.body), simulator.clock()))
    return {}


async def get_contact(simulator: Simulator, call: Call) -> Json:
    """A contact and its preferences."""
    found = simulator.contacts.named(call.path_names["ContactListName"])
    contact = simulator.contacts.contact(found.name, call.path_names["EmailAddress"])
    return _document(contact) | {
        "ContactListName": found.name,
        "TopicDefaultPreferences": _preferences({topic: found.default(topic) for topic in found.topics}),
        "CreatedTimestamp": contact.created,
    }


async def delete_contact(simulator: Simulator, call: Call) -> Json:
    """Removes an address from a contact list."""
    name, address = call.path_names["ContactListName"], call.path_names["EmailAddress"]
    simulator.contacts.contact(name, address)
    del simulator.contacts.named(name).contacts[address_key(address)]
    return {}


async def list_contacts(simulator: Simulator, call: Call) -> Json:
    """The contacts of a list by page. Filters are not supported."""
    request = call.json()
    if request.get("Filter"):
        raise bad_request("The simulator does not support filters in ListContacts.")
    found = simulator.contacts.named(call.path_names["ContactListName"])
    parameters: dict[str, list[str]] = {
        name: [str(request[name])] for name in ("PageSize", "NextToken") if name in request
    }
    contacts = [_document(contact) for _, contact in sorted(found.contacts.items())]
    listed, next_page = page(parameters, contacts)
    return {"Contacts": listed} | next_page


def _changed(contact: Contact, request: ContactBody, now: float) -> Contact:
    preferences = request.TopicPreferences
    return replace(
        contact,
        topics=contact.topics
        if preferences is None
        else {each.TopicName: each.SubscriptionStatus for each in preferences},
        unsubscribed=contact.unsubscribed if request.UnsubscribeAll is None else request.UnsubscribeAll,
        attributes=request.AttributesData or contact.attributes,
        updated=now,
    )


def _document(contact: Contact) -> Json:
    document = {
        "EmailAddress": contact.address,
        "TopicPreferences": _preferences(dict(contact.topics)),
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": contact.updated,
    }
    return document | ({"AttributesData": contact.attributes} if contact.attributes else {})


def _preferences(topics: dict[str, str]) -> list[Json]:
    return [{"TopicName": topic, "SubscriptionStatus": status} for topic, status in sorted(topics.items())]
