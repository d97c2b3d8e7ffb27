"""The SES adapter over a stubbed boto3 client, which checks calls against botocore's model."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.ses import SesSender
from ses_stack.sending.answers import SesAnswer
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.ledger import LedgerEntry, RequestStatus
from ses_stack.sending.unsubscribe import Unsubscribe


class SesWorld:
    """An SES adapter over botocore's Stubber; `objects` are S3's: an object's bytes, or the error code for it."""

    def __init__(self, unsubscribe: Unsubscribe | None = None) -> None:
        self.client = boto3.client("sesv2")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.objects: dict[str, bytes | str] = {}
        composer = MessageComposer(
            stack="ses-stack", unsubscribe=unsubscribe or Unsubscribe(), read_object=self._read_object
        )
        self.ses = SesSender(lambda: self.client, composer=composer, threads=Threads(1))

    def _read_object(self, bucket: str, key: str) -> bytes:
        found = self.objects[f"{bucket}/{key}"]
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found, "Message": ""}}, "GetObject")
        return io.BytesIO(found).read()

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
