"""A message: its recipients, its digest, its random decisions, its unsubscribe link."""

from __future__ import annotations

from dataclasses import replace

from ses_stack_cli.local.simulator.mail.message import Message, domain_of, with_unsubscribe_link
from tests.support.simulator import accepted_message

URL = "http://127.0.0.1:9"


def test_the_destination_is_to_cc_and_bcc() -> None:
    assert Message(source="x@y.org", to=["a@b.org"], cc=["c@d.org"], bcc=["e@f.org"]).destination == [
        "a@b.org",
        "c@d.org",
        "e@f.org",
    ]


def test_the_digest_changes_with_the_content() -> None:
    plain = Message(source="a@b.org", to=["c@d.org"], subject="Hello", tags={"kind": ["news"]})
    assert plain.digest() == replace(plain).digest()
    changes = [{"subject": "Bye"}, {"to": ["x@d.org"]}, {"tags": {"kind": ["code"]}}, {"html": "x"}]
    assert len({replace(plain, **change).digest() for change in changes} | {plain.digest()}) == 5  # type: ignore[arg-type]


def test_random_decisions_repeat_for_one_purpose() -> None:
    accepted = accepted_message("a@b.org")
    assert accepted.random("x").random() == accepted.random("x").random() != accepted.random("y").random()


def test_list_managed_mail_for_one_recipient_gets_its_link() -> None:
    placeholder = "<a href='{{amazonSESUnsubscribeUrl}}'>leave</a>"
    accepted = accepted_message("a@b.org", html=placeholder, text="{{amazonSESUnsubscribeUrl}}", contact_list="shop")
    link = f"{URL}/_simulator/unsubscribe/{accepted.message_id}"
    message = with_unsubscribe_link(accepted, URL).message
    assert (message.html, message.text) == (f"<a href='{link}'>leave</a>", link)
    assert list(message.headers) == [
        ("List-Unsubscribe", f"<{link}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def test_other_mail_gets_no_link() -> None:
    for accepted in (accepted_message("a@b.org"), accepted_message("a@b.org", "c@d.org", contact_list="shop")):
        assert with_unsubscribe_link(accepted, URL) is accepted


def test_the_domain_of_an_address() -> None:
    assert domain_of("Ann <Ann@Example.ORG>") == "example.org"
