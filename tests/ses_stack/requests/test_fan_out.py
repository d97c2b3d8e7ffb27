"""One request for each recipient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox, mailbox
from ses_stack.requests.documents import to_document
from ses_stack.requests.fan_out import derived_id, per_recipient
from ses_stack.requests.validation import validated
from tests.support.requests import PLAIN


def test_one_recipient_keeps_the_request_as_it_is() -> None:
    request = validated(PLAIN)

    assert per_recipient(request) == [request]


def test_every_recipient_gets_a_message_with_an_id_that_is_always_the_same() -> None:
    request = replace(validated(PLAIN), to=(Mailbox("b@x.org"), Mailbox("C@x.org", "Cy")))
    first, second = per_recipient(request)

    assert (first.to, second.to) == ((Mailbox("b@x.org"),), (Mailbox("C@x.org", "Cy"),))
    assert second.request_id == derived_id("r-1", Mailbox("c@X.ORG"))
    assert first.request_id.startswith("r-1-")
    assert first.request_id != second.request_id
    assert validated(to_document(first)) == first


def test_long_ids_stay_different_when_they_are_cut() -> None:
    one, other = ("a" * 127 + end for end in "xy")

    assert derived_id(one, Mailbox("b@x.org")) != derived_id(other, Mailbox("b@x.org"))
    assert len(derived_id(one, Mailbox("b@x.org"))) == 128


@pytest.mark.parametrize("field", ["cc", "bcc"])
def test_copies_need_one_message(field: str) -> None:
    with pytest.raises(RequestError, match=f"^{field} needs one_message"):
        per_recipient(validated(PLAIN | {field: ["c@x.org"]}))


def test_every_spelling_of_an_address_gives_one_id() -> None:
    spellings = ["ann@münchen.example", "ANN@MÜNCHEN.example", "Ann <ann@xn--mnchen-3ya.example.>"]
    assert len({derived_id("r-1", mailbox(spelling)) for spelling in spellings}) == 1
