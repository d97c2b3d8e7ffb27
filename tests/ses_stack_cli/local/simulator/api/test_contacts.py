"""Contact lists, and how a Subscription event comes about."""

from __future__ import annotations

import pytest

from tests.support.simulator import World

TOPIC = {"TopicName": "news", "DisplayName": "News", "DefaultSubscriptionStatus": "OPT_IN"}
MANAGED = {"ContactListName": "list", "TopicName": "news"}


@pytest.fixture
def with_list(world: World) -> World:
    world.ses.create_contact_list(ContactListName="list", Topics=[TOPIC])
    return world


def subscriptions(world: World) -> list[dict[str, object]]:
    return [record["subscription"] for record in world.settle() if "subscription" in record]


def test_unsubscribing_by_address_opts_out_of_the_topic(with_list: World) -> None:
    with_list.send("unsubscribe@example.org", ListManagementOptions=MANAGED)
    (change,) = subscriptions(with_list)
    assert change["contactList"] == "list"
    assert change["newTopicPreferences"] == {
        "unsubscribeAll": False,
        "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptOut"}],
    }
    contact = with_list.ses.get_contact(ContactListName="list", EmailAddress="unsubscribe@example.org")
    assert contact["TopicPreferences"] == [{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}]
    assert contact["TopicDefaultPreferences"] == [{"TopicName": "news", "SubscriptionStatus": "OPT_IN"}]


def test_mail_to_a_contact_that_opted_out_bounces(with_list: World) -> None:
    with_list.send("unsubscribe@example.org", ListManagementOptions=MANAGED)
    with_list.settle()
    with_list.emulator.entries.clear()
    with_list.send("Unsubscribe@example.org", ListManagementOptions=MANAGED)
    assert with_list.kinds() == ["Send", "Bounce"]
    with_list.emulator.entries.clear()
    with_list.send("unsubscribe@example.org", ListManagementOptions={"ContactListName": "list"})
    assert "Delivery" in with_list.kinds()


def test_a_link_unsubscribes_from_all_and_back(world: World) -> None:
    message_id = world.send("success@example.org", "ooto@example.org")
    answer = world.http.post("/unsubscribe", json={"message_id": message_id, "recipient": "Success@example.org"})
    assert answer.status_code == 200
    world.http.post("/unsubscribe", json={"message_id": message_id, "recipient": "ooto@example.org", "opt_in": True})
    out, back = subscriptions(world)
    assert (out["newTopicPreferences"], back["newTopicPreferences"]) == (
        {"unsubscribeAll": True, "topicSubscriptionStatus": []},
        {"unsubscribeAll": False, "topicSubscriptionStatus": []},
    )


def test_a_link_needs_a_message_and_one_of_its_recipients(world: World) -> None:
    message_id = world.send("success@example.org", "ooto@example.org")
    assert world.http.post("/unsubscribe", json={"message_id": "none"}).status_code == 404
    assert world.http.post("/unsubscribe", json={"message_id": message_id}).status_code == 400
    stranger = {"message_id": message_id, "recipient": "x@example.org"}
    assert world.http.post("/unsubscribe", json=stranger).status_code == 400


def test_a_change_by_the_api_publishes_nothing(with_list: World) -> None:
    ses = with_list.ses
    ses.create_contact(ContactListName="list", EmailAddress="anna@example.org")
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_contact(ContactListName="list", EmailAddress="Anna@example.org")
    ses.update_contact(ContactListName="list", EmailAddress="anna@example.org", UnsubscribeAll=True)
    assert ses.get_contact(ContactListName="list", EmailAddress="anna@example.org")["UnsubscribeAll"] is True
    assert [each["EmailAddress"] for each in ses.list_contacts(ContactListName="list")["Contacts"]] == [
        "anna@example.org"
    ]
    assert with_list.kinds() == []
    with_list.send("anna@example.org", ListManagementOptions=MANAGED)
    assert with_list.kinds() == ["Send", "Bounce"]
    ses.delete_contact(ContactListName="list", EmailAddress="anna@example.org")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_contact(ContactListName="list", EmailAddress="anna@example.org")


def test_lists(with_list: World) -> None:
    ses = with_list.ses
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_contact_list(ContactListName="list")
    assert ses.get_contact_list(ContactListName="list")["Topics"][0]["TopicName"] == "news"
    assert [each["ContactListName"] for each in ses.list_contact_lists()["ContactLists"]] == ["list"]
    with pytest.raises(ses.exceptions.BadRequestException, match="doesn't contain topic: other"):
        with_list.send("a@b.org", ListManagementOptions={"ContactListName": "list", "TopicName": "other"})
    ses.delete_contact_list(ContactListName="list")
    with pytest.raises(ses.exceptions.NotFoundException):
        with_list.send("a@b.org", ListManagementOptions=MANAGED)


def test_list_managed_mail_has_a_link_that_works(with_list: World) -> None:
    content = {"TemplateContent": {"Subject": "x", "Html": "<a href='{{amazonSESUnsubscribeUrl}}'>out</a>"}}
    template = {"Template": {**content, "TemplateData": "{}"}}
    message_id = with_list.send("success@example.org", Content=template, ListManagementOptions=MANAGED)
    (message,) = with_list.http.get("/messages").json()["messages"]
    link = f"http://127.0.0.1/_simulator/unsubscribe/{message_id}"
    assert message["html"] == f"<a href='{link}'>out</a>"
    assert {"name": "List-Unsubscribe", "value": f"<{link}>"} in message["headers"]
    answer = with_list.http.post(f"/unsubscribe/{message_id}", content=b"List-Unsubscribe=One-Click")
    assert answer.json()["recipient"] == "success@example.org"
    assert len(subscriptions(with_list)) == 1
    contact = with_list.ses.get_contact(ContactListName="list", EmailAddress="success@example.org")
    assert contact["TopicPreferences"] == [{"TopicName": "news", "SubscriptionStatus": "OPT_OUT"}]


def test_bad_lists_and_contacts(with_list: World) -> None:
    url = f"{with_list.ses.meta.endpoint_url}/v2/email/contact-lists"
    for body in (
        {"ContactListName": ""},
        {"ContactListName": "x", "Topics": [{}]},
        {"ContactListName": "x", "Topics": 1},
    ):
        assert with_list.http.post(url, json=body).json()["__type"] == "BadRequestException"
    contact = {"EmailAddress": "a@b.org", "TopicPreferences": [{"TopicName": "news", "SubscriptionStatus": "MAYBE"}]}
    assert with_list.http.post(f"{url}/list/contacts", json=contact).status_code == 400
