"""The documents of requests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ses_stack.client import Attachment
from ses_stack.errors import RequestError
from ses_stack.requests.documents import to_document
from ses_stack.requests.validation import validated
from tests.support.lanes import MAIL, NOW, lane_messages
from tests.support.requests import PLAIN


def test_attachments_can_be_made_by_hand() -> None:
    attachment = Attachment(filename="a.txt", content=b"1")

    assert to_document(replace(validated(PLAIN), attachments=(attachment,)))["attachments"] == [
        {
            "filename": "a.txt",
            "content_type": "application/octet-stream",
            "disposition": "attachment",
            "content": "MQ==",
        }
    ]


def test_the_freedoms_of_a_program_are_resolved() -> None:
    mail: dict[str, Any] = {name: value for name, value in MAIL.items() if name != "from"} | {
        "from_": "a@x.org",
        "to": ("b@x.org",),
        "html": None,
        "not_before": NOW,
        "attachments": [
            Attachment(filename="a", content=b"1"),
            {"filename": "b", "content": b"2", "content_id": None},
            {"filename": "c", "content": "Mw=="},
        ],
    }
    (message,) = lane_messages(mail)
    document = json.loads(message.body)

    assert document["not_before"] == "2027-05-01T10:00:00.000Z"
    assert [each.content for each in validated(document).attachments] == [b"1", b"2", b"3"]


def test_a_send_request_keeps_its_fields() -> None:
    request = validated(MAIL | {"v": 1, "request_id": "r", "to": ["b@x.org"]})

    assert validated(json.loads(lane_messages(request)[0].body)) == request


@pytest.mark.parametrize("item", [None, 1, "text", [], {}])
def test_an_item_that_is_not_a_request_is_refused(item: object) -> None:
    with pytest.raises(RequestError):
        lane_messages(item)


@pytest.mark.parametrize("attachments", ["text", [1], {"filename": 1}])
def test_an_entry_that_is_not_an_attachment_is_refused(attachments: object) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[0\]"):
        lane_messages(MAIL | {"attachments": attachments})


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^not_before is not a time"):
        lane_messages(MAIL | {"not_before": NOW.replace(tzinfo=None)})
