"""Lane messages: send requests as the lanes' queues take them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ses_stack.errors import RequestError
from ses_stack.mail.lanes import lane_of
from ses_stack.requests.documents import complete_document, to_document
from ses_stack.requests.fan_out import per_recipient
from ses_stack.requests.fitting import LONGEST_BODY_BYTES, AttachmentStore, check_buckets, fitted
from ses_stack.requests.request import LONGEST_WAIT_SECONDS, SendRequest
from ses_stack.requests.validation import validated

# UTF-8 takes at most four bytes for a character: a shorter body always fits.
_SURELY_FITTING_CHARACTERS = LONGEST_BODY_BYTES // 4


@dataclass(frozen=True, slots=True)
class LaneMessage:
    """One message for a lane's queue. `index` is the number of its request, from 0; `body` is its JSON document.

    `group` is the MessageGroupId, by which SQS shares a lane fairly: the tenant, or without one the stream.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """

    index: int
    request_id: str
    recipients: tuple[str, ...]
    lane: str
    group: str
    body: str

    @property
    def size(self) -> int:
        """The bytes that SQS counts."""
        return len(self.body.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How requests become lane messages.

    `one_message` keeps the recipients of a request together. `store` takes attachments that are too large for a queue;
    without one such a request is refused. `new_id` makes the id of a request that has none.
    """

    one_message: bool
    store: AttachmentStore | None
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def messages(self, item: object, *, index: int) -> list[LaneMessage]:
        """A request, or the document of one, as lane messages. Raises `RequestError` before a file is stored."""
        request = validated(complete_document(item, self.new_id))
        _check_times(request, self.clock())
        check_buckets(request, self.store)
        requests = [request] if self.one_message else per_recipient(request)
        if len(_body(request)) > _SURELY_FITTING_CHARACTERS:
            attachments = fitted(request, self.store, body_of=_body)
            requests = [replace(each, attachments=attachments) for each in requests]
        return [_message(each, index) for each in requests]


def group_of(request: SendRequest) -> str:
    """The MessageGroupId of a request."""
    return request.tenant or request.stream


def _message(request: SendRequest, index: int) -> LaneMessage:
    return LaneMessage(
        index=index,
        request_id=request.request_id,
        recipients=tuple(each.address for each in request.recipients),
        lane=lane_of(request.stream),
        group=group_of(request),
        body=_body(request),
    )


def _body(request: SendRequest) -> str:
    document = to_document(request)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # JSON allows these two characters, SQS does not.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    if "\ufffe" in body or "\uffff" in body:
        return json.dumps(document, separators=(",", ":"))
    return body


def _check_times(request: SendRequest, now: datetime) -> None:
    if request.expires_at and request.expires_at <= now:
        raise RequestError("expires_at", "is in the past: the message would never be sent")
    if request.not_before and request.not_before > now + timedelta(seconds=LONGEST_WAIT_SECONDS):
        days = LONGEST_WAIT_SECONDS // 86_400
        raise RequestError("not_before", f"is more than {days} days ahead, the longest that a lane holds mail")
