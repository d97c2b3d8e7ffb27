"""Contacts, their preferences, and the defaults of topics."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.account.contact_lists import Contact, ContactList, ContactLists
from ses_stack_cli.local.simulator.errors import ApiError

NOW = 1_790_000_000.0


@pytest.fixture
def lists() -> ContactLists:
    created = ContactLists()
    topics = {"news": {"DefaultSubscriptionStatus": "OPT_IN"}, "offers": {"DefaultSubscriptionStatus": "OPT_OUT"}}
    created.create(ContactList(name="shop", topics=topics))
    return created


def test_addresses_join_the_list_when_mail_is_sent_to_them(lists: ContactLists) -> None:
    assert lists.opted_out("shop", "news", ["Ann <Ann@Example.org>"], NOW) == frozenset()
    contact = lists.contact("shop", "ann@example.org")
    assert (contact.address, contact.created) == ("Ann@Example.org", NOW)


def test_a_topics_default_holds_for_contacts_without_a_preference(lists: ContactLists) -> None:
    assert lists.opted_out("shop", "offers", ["ann@example.org"], NOW) == {"ann@example.org"}
    lists.put("shop", Contact(address="ann@example.org", topics={"offers": "OPT_IN"}))
    assert lists.opted_out("shop", "offers", ["ANN@example.org"], NOW) == frozenset()


def test_a_contact_that_unsubscribed_gets_no_mail_of_any_topic(lists: ContactLists) -> None:
    lists.subscribe("shop", "ann@example.org", None, opt_in=False, now=NOW)
    assert lists.opted_out("shop", "news", ["ann@example.org"], NOW) == {"ann@example.org"}
    assert lists.opted_out("shop", None, ["ann@example.org"], NOW) == {"ann@example.org"}
    lists.subscribe("shop", "ann@example.org", None, opt_in=True, now=NOW)
    assert lists.opted_out("shop", "news", ["ann@example.org"], NOW) == frozenset()


def test_leaving_a_topic_leaves_the_others(lists: ContactLists) -> None:
    lists.subscribe("shop", "ann@example.org", "news", opt_in=False, now=NOW)
    assert lists.contact("shop", "ann@example.org").topics == {"news": "OPT_OUT"}
    assert lists.opted_out("shop", None, ["ann@example.org"], NOW) == frozenset()


def test_a_link_of_a_deleted_list_changes_nothing(lists: ContactLists) -> None:
    lists.subscribe("gone", "ann@example.org", None, opt_in=False, now=NOW)
    assert lists.lists.keys() == {"shop"}


def test_lists_contacts_and_topics_must_exist(lists: ContactLists) -> None:
    with pytest.raises(ApiError, match="List with name: gone doesn't exist"):
        lists.named("gone")
    with pytest.raises(ApiError, match=r"ann@example\.org doesn't exist in List"):
        lists.contact("shop", "ann@example.org")
    with pytest.raises(ApiError, match="List shop doesn't contain topic: tips"):
        lists.put("shop", Contact(address="ann@example.org", topics={"tips": "OPT_IN"}))
    with pytest.raises(ApiError, match="List with name: shop already exists"):
        lists.create(ContactList(name="shop", topics={}))
