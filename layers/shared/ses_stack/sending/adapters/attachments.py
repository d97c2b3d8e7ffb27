"""Attachments that were too large for a queue, read from the stack's bucket.

A request only names an object: any sender to the queue may have written it. So no bucket is read but the stack's own,
no object is believed to be as small as the request says, and no more is read than SES takes in one message. Reading
ends in time for the worker to put the message back.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

from ses_stack.requests.message_size import message_bytes
from ses_stack.requests.request import ATTACHMENT_PREFIX, MAX_MESSAGE_BYTES, Attachment, SendRequest
from ses_stack.sending.answers import SesAnswer, Verdict

# Reading one chunk is not interrupted: it is as small as a record of TLS.
_CHUNK_BYTES = 16_384


class ObjectReader(Protocol):
    """The one method of boto3's S3 client that the sender needs."""

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        """Opens an object."""


class AttachmentError(Exception):
    """An attachment could not be read. `answer` replaces SES's; the error never leaves the adapter."""

    def __init__(self, answer: SesAnswer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class AttachmentReader:
    """Reads what applications stored under `attachments/` of the stack's bucket.

    `seconds` is how long the attachments of one message may take. An object that is opened shortly before their end
    may take the client's time-outs longer.
    """

    def __init__(
        self,
        client: Callable[[], ObjectReader],
        *,
        bucket: str,
        seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._seconds = seconds
        self._clock = clock

    def contents(self, request: SendRequest) -> list[bytes]:
        """Each attachment's content, inline or stored. Raises `AttachmentError`."""
        until = self._clock() + self._seconds
        measured = [replace(each, size=None) for each in request.attachments]
        contents: list[bytes] = []
        for number, attachment in enumerate(request.attachments):
            if attachment.content is not None:
                contents.append(attachment.content)
                continue

            def fits(size: int, number: int = number) -> bool:
                measured[number] = replace(measured[number], size=size)
                return message_bytes(replace(request, attachments=tuple(measured))) <= MAX_MESSAGE_BYTES

            contents.append(self._stored(f"attachments[{number}]", attachment, fits, until))
        return contents

    def _stored(self, field: str, attachment: Attachment, fits: Callable[[int], bool], until: float) -> bytes:
        key = attachment.key or ""
        if attachment.bucket != self._bucket or not key.startswith(ATTACHMENT_PREFIX):
            raise _final(field, f"does not lie under {ATTACHMENT_PREFIX} of the stack's bucket")
        # It loads botocore: a part of boto3's 180 ms.
        from ses_stack.sending.adapters.attachment_errors import S3_ERRORS, answer_of_s3_error  # noqa: PLC0415

        try:
            self._seconds_left(field, until)
            answer = self._client().get_object(Bucket=self._bucket, Key=key)
            with closing(answer["Body"]) as body:
                size = int(answer["ContentLength"])
                if not fits(size):
                    raise _final(field, f"makes a message of more than the {MAX_MESSAGE_BYTES} bytes that SES takes")
                content = self._read(field, body, size, until)
        except S3_ERRORS as error:
            raise AttachmentError(answer_of_s3_error(field, error)) from error
        if len(content) < size:
            raise AttachmentError(SesAnswer(Verdict.FAULT, f"{field}: S3's answer broke off"))
        return content

    def _read(self, field: str, body: Any, size: int, until: float) -> bytes:
        """At most `size` bytes, in chunks: a body that stalls or trickles ends with the time."""
        chunks: list[bytes] = []
        while size > 0:
            body.set_socket_timeout(self._seconds_left(field, until))
            chunk = body.read(min(size, _CHUNK_BYTES))
            if not chunk:
                break
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def _seconds_left(self, field: str, until: float) -> float:
        if (left := until - self._clock()) > 0:
            return left
        raise AttachmentError(SesAnswer(Verdict.FAULT, f"{field}: S3 did not give it within {self._seconds:g} s"))


def _final(field: str, reason: str) -> AttachmentError:
    return AttachmentError(SesAnswer(Verdict.REJECTED, f"{field} {reason}"))
