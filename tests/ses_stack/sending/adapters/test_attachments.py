"""Attachments from the stack's bucket: what is read, how much of it, and the verdict where S3 refuses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ses_stack.requests.request import MAX_MESSAGE_BYTES
from ses_stack.sending.adapters.attachments import AttachmentError, AttachmentReader
from ses_stack.sending.answers import SesAnswer, Verdict
from tests.support.scripted_server import ScriptedServer
from tests.support.stubbed_ses import BUCKET, Body, Objects, SesWorld, job, s3_error

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


@pytest.mark.parametrize("answer", [{}, {"Body": Body(b"abc")}, {"Body": None, "ContentLength": 3}])
def test_an_answer_that_is_not_s3s_is_a_fault(objects: Objects, answer: dict[str, Any]) -> None:
    objects.get_object = lambda **_: answer  # type: ignore[method-assign]

    assert refusal(objects, STORED)[0] is Verdict.FAULT


def test_an_answer_that_breaks_off_is_a_fault(objects: Objects) -> None:
    objects.get_object = lambda **_: {"Body": Body(b"abc"), "ContentLength": 9}  # type: ignore[method-assign]

    assert refusal(objects, STORED) == (Verdict.FAULT, "attachments[0]: S3's answer broke off")


class EndlessBody(Body):
    """A body that never ends, and counts what was read of it."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0, "reads to the end"
        self.given += size
        return bytes(size)


def test_no_more_is_read_than_the_object_is_said_to_have(objects: Objects) -> None:
    body = EndlessBody()
    objects.get_object = lambda **_: {"Body": body, "ContentLength": 1_000_000}  # type: ignore[method-assign]

    assert list(map(len, contents(objects, STORED))) == [1_000_000]
    assert body.given == 1_000_000


def test_a_body_that_trickles_ends_with_the_time() -> None:
    moments = count()
    body = EndlessBody()
    reader = AttachmentReader(
        lambda: Fixed(Body=body, ContentLength=10_000_000),
        bucket=BUCKET,
        seconds=20,
        clock=lambda: float(next(moments)),
    )

    with pytest.raises(AttachmentError) as caught:
        reader.contents(job(attachments=[STORED]).request)

    assert caught.value.answer.verdict is Verdict.FAULT
    assert caught.value.answer.reason == "attachments[0]: S3 did not give it within 20 s"
    assert 0 < body.given < 1_000_000


def test_all_attachments_of_a_message_have_the_time_together() -> None:
    moments = count()
    reader = AttachmentReader(
        lambda: Fixed(Body=EndlessBody(), ContentLength=10),
        bucket=BUCKET,
        seconds=5,
        clock=lambda: float(next(moments)),
    )

    with pytest.raises(AttachmentError, match=r"attachments\[2\]: S3 did not give it within 5 s"):
        reader.contents(job(attachments=[STORED] * 4).request)


class Fixed:
    """A fake of boto3's S3 client that has one answer."""

    def __init__(self, **answer: Any) -> None:
        self._answer = answer

    def get_object(self, **_: str) -> dict[str, Any]:
        return self._answer


@pytest.fixture
def stalled() -> Iterator[Any]:
    """boto3's S3 client, at a server that sends a part of an object and then nothing more."""
    server = ScriptedServer([b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + bytes(40_000), None])
    yield boto3.client("s3", endpoint_url=server.url, config=Config(read_timeout=600, s3={"addressing_style": "path"}))
    server.close()


def test_a_body_that_stalls_ends_in_time_to_put_the_message_back(stalled: Any) -> None:
    """The client would wait for ten minutes: the reader's own time ends it."""
    reader = AttachmentReader(lambda: stalled, bucket=BUCKET, seconds=0.3)

    with pytest.raises(AttachmentError) as caught:
        reader.contents(job(attachments=[STORED]).request)

    assert caught.value.answer == SesAnswer(Verdict.FAULT, "attachments[0]: ReadTimeoutError")


def test_a_message_is_not_sent_without_its_attachment() -> None:
    world = SesWorld()
    world.objects["attachments/b"] = s3_error("NoSuchKey", 404)

    (answer,) = world.send(job(attachments=[STORED]))

    assert (answer.verdict, answer.reason) == (Verdict.REJECTED, "attachments[0] is gone from its bucket")
