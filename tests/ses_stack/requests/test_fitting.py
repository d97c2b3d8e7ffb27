"""Large attachments go to the store."""

from __future__ import annotations

import json

import pytest

from ses_stack.client import Attachment
from ses_stack.errors import RequestError
from ses_stack.requests.fitting import LONGEST_BODY_BYTES
from ses_stack.requests.validation import validated
from tests.support.lanes import MAIL, Store, lane_messages


def file(size: int, name: str = "a") -> Attachment:
    return Attachment(filename=name, content=name.encode() * size)


def test_what_fits_stays_in_the_queue() -> None:
    store = Store()
    (message,) = lane_messages(MAIL | {"attachments": [file(700_000)]}, store=store)

    assert not store.files
    assert message.size <= LONGEST_BODY_BYTES


def test_the_largest_attachments_go_to_the_store_until_the_rest_fits() -> None:
    store = Store()
    files = [file(400_000, "a"), file(900_000, "b"), file(300_000, "c")]
    (message,) = lane_messages(MAIL | {"attachments": files}, store=store)
    first, second, third = validated(json.loads(message.body)).attachments

    assert (first.content, third.content) == (files[0].content, files[2].content)
    assert (second.content, second.bucket, second.size) == (None, "my-bucket", 900_000)
    assert list(store.files.values()) == [files[1].content]
    assert second.key in store.files


def test_an_attachment_is_stored_once_for_all_recipients() -> None:
    store = Store()
    found = lane_messages(
        MAIL | {"to": [f"{n}@x.org" for n in range(5)], "attachments": [file(2_000_000)]}, store=store
    )

    assert len(found) == 5
    assert len(store.files) == 1
    assert all(message.size < 2000 for message in found)


def test_without_a_store_a_large_attachment_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^attachments do not fit into"):
        lane_messages(MAIL | {"attachments": [file(900_000)]})


@pytest.mark.parametrize("field", ["html", "text"])
def test_a_text_that_no_queue_takes_is_refused_by_name(field: str) -> None:
    with pytest.raises(RequestError, match=f"^{field} makes a document of more than"):
        lane_messages(MAIL | {field: "ä" * 600_000, "attachments": [file(10)]}, store=Store())


def test_attachments_that_lie_in_a_bucket_stay_there() -> None:
    store = Store()
    pointer = {"filename": "p", "bucket": store.name, "key": "attachments/k", "size": 5_000_000}
    (message,) = lane_messages(MAIL | {"attachments": [pointer, file(900_000)]}, store=store)

    assert [each.bucket for each in validated(json.loads(message.body)).attachments] == [store.name] * 2
    assert len(store.files) == 1


def test_attachments_in_another_bucket_are_refused() -> None:
    """The sender may not read them: the message would be a dead letter."""
    pointer = {"filename": "p", "bucket": "theirs", "key": "attachments/k"}

    with pytest.raises(RequestError, match=r"^attachments\[1\].bucket is not the stack's bucket"):
        lane_messages(MAIL | {"attachments": [file(10), pointer]}, store=Store())

    assert lane_messages(MAIL | {"attachments": [pointer]}, store=None), (
        "the sender knows its bucket, the Mailer may not"
    )


def test_nothing_is_stored_for_a_request_that_is_refused() -> None:
    store = Store()
    with pytest.raises(RequestError):
        lane_messages(MAIL | {"html": "ä" * 600_000, "attachments": [file(900_000)]}, store=store)

    assert not store.files
