"""The SES adapter over a stubbed boto3 client, which checks parameters against botocore's model."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.ses import SesSender
from ses_stack.sending.answers import SesAnswer
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.unsubscribe import Unsubscribe

BUCKET = "attachment-bucket"


class Objects(dict[str, Any]):
    """A fake of boto3's S3 client: the stack's bucket. A key's value is an object's bytes, or what S3 raises for it.

    `given` counts the bytes that were read.
    """

    def __init__(self) -> None:
        self.given = 0

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == BUCKET
        found = self[Key]
        if isinstance(found, Exception):
            raise found
        return {"Body": _CountedBody(self, found), "ContentLength": len(found)}


class Body(io.BytesIO):
    """A fake of botocore's StreamingBody."""

    def set_socket_timeout(self, seconds: float) -> None:
        """There is no socket."""
        assert seconds > 0


class _CountedBody(Body):
    def __init__(self, objects: Objects, content: bytes) -> None:
        super().__init__(content)
        self._objects = objects

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self._objects.given += len(content)
        return content


def s3_error(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetObject",
    )


class SesWorld:
    """An SES adapter over botocore's Stubber; `objects` are those of the stack's bucket."""

    def __init__(self, unsubscribe: Unsubscribe | None = None) -> None:
        self.client, self.patient_client = boto3.client("sesv2"), boto3.client("sesv2")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.objects = Objects()
        composer = MessageComposer(
            stack="ses-stack",
            unsubscribe=unsubscribe or Unsubscribe(),
            attachments=AttachmentReader(lambda: self.objects, bucket=BUCKET),
        )
        self.patient_stub = Stubber(self.patient_client)
        self.patient_stub.activate()
        self.calls = SdkSes(self.client)
        self.ses = SesSender(
            self.calls, patient_calls=SdkSes(self.patient_client), composer=composer, threads=Threads(1)
        )

    def send(self, *jobs: Job) -> list[SesAnswer]:
        return list(asyncio.run(self.ses.send(jobs)))


def job(request_id: str = "r1", *, due_at: float = 0.0, without: frozenset[str] = frozenset(), **fields: Any) -> Job:
    """A job of a plain request with these fields; `without` are suppressed recipients."""
    plain = {"v": 1, "request_id": request_id, "stream": "transactional", "from": "App <app@example.com>"}
    plain |= {"to": ["Ann Berg <ann@example.com>"]}
    if "template" not in fields:
        plain |= {"subject": "Hi", "text": "Hello"}
    request = request_of(json.dumps(plain | fields))
    entry = LedgerEntry(
        request_id=request_id, status=RequestStatus.SENDING, stream="", lane="", recipients=1, queued_at=0, changed_at=0
    )
    recipients = frozenset(each.key for each in request.recipients) - without
    return Job(
        record=LaneRecord(id="m", body="", queued_at=0),
        request=request,
        entry=entry,
        recipients=recipients,
        due_at=due_at,
    )
