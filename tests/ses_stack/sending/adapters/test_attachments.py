"""Attachments from the stack's bucket: what is read, how much of it, and the verdict where S3 refuses."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ses_stack.requests.request import MAX_MESSAGE_BYTES
from ses_stack.sending.adapters.attachments import AttachmentError, AttachmentReader
from ses_stack.sending.answers import Verdict
from tests.support.stubbed_ses import BUCKET, Objects, SesWorld, job, s3_error

STORED = {"filename": "b.pdf", "bucket": BUCKET, "key": "attachments/b"}
# What base64 leaves of the 40 MB that SES takes, less the rest of a small message.
ROOM = int(MAX_MESSAGE_BYTES * 3 / 4 * 76 / 78) - 20_000
TOO_LARGE = "makes a message of more than the 40000000 bytes that SES takes"


def contents(objects: Objects, *attachments: dict[str, Any], **fields: Any) -> list[bytes]:
    return AttachmentReader(lambda: objects, bucket=BUCKET).contents(
        job(attachments=list(attachments), **fields).request
    )


def refusal(objects: Objects, *attachments: dict[str, Any]) -> tuple[Verdict, str]:
    with pytest.raises(AttachmentError) as caught:
        contents(objects, *attachments)
    return caught.value.answer.verdict, caught.value.answer.reason


@pytest.fixture
def objects() -> Objects:
    return Objects()


def test_each_attachment_keeps_its_place(objects: Objects) -> None:
    objects["attachments/b"] = b"stored"
    inline = {"filename": "a.txt", "content": "aGk="}

    assert contents(objects, inline, STORED, inline) == [b"hi", b"stored", b"hi"]


def test_an_object_is_not_believed_to_be_as_small_as_the_request_says(objects: Objects) -> None:
    objects["attachments/b"] = bytes(300_000_000)

    assert refusal(objects, STORED | {"size": 10}) == (Verdict.REJECTED, f"attachments[0] {TOO_LARGE}")
    assert objects.given == 0


def test_all_attachments_together_are_no_more_than_ses_takes(objects: Objects) -> None:
    objects["attachments/b"] = bytes(ROOM // 2 - 10)
    inline = {"filename": "a.txt", "content": "aGk="}

    assert len(contents(objects, STORED, STORED, inline)) == 3
    assert refusal(objects, STORED, STORED, inline | {"content": "AAAA" * 10_000}) == (
        Verdict.REJECTED,
        f"attachments[1] {TOO_LARGE}",
    )
    assert objects.given == 3 * (ROOM // 2 - 10)


@pytest.mark.parametrize("bucket", ["another-bucket", BUCKET + "x"])
def test_no_other_bucket_is_read(objects: Objects, bucket: str) -> None:
    verdict, reason = refusal(objects, STORED | {"bucket": bucket})

    assert verdict is Verdict.REJECTED
    assert reason == "attachments[0] does not lie under attachments/ of the stack's bucket"


@pytest.mark.parametrize("answer", [{}, {"Body": io.BytesIO(b"abc")}, {"Body": None, "ContentLength": 3}])
def test_an_answer_that_is_not_s3s_is_a_fault(objects: Objects, answer: dict[str, Any]) -> None:
    objects.get_object = lambda **_: answer  # type: ignore[method-assign]

    assert refusal(objects, STORED)[0] is Verdict.FAULT


def test_an_answer_that_breaks_off_is_a_fault(objects: Objects) -> None:
    objects.get_object = lambda **_: {"Body": io.BytesIO(b"abc"), "ContentLength": 9}  # type: ignore[method-assign]

    assert refusal(objects, STORED) == (Verdict.FAULT, "attachments[0]: S3's answer broke off")


def test_a_message_is_not_sent_without_its_attachment() -> None:
    world = SesWorld()
    world.objects["attachments/b"] = s3_error("NoSuchKey", 404)

    (answer,) = world.send(job(attachments=[STORED]))

    assert (answer.verdict, answer.reason) == (Verdict.REJECTED, "attachments[0] is gone from its bucket")
