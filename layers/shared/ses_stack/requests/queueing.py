"""Queueing: requests become messages in the sender's lanes.

Everything is validated before anything is queued. A request that cannot be sent fails alone, under its number.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from ses_stack.errors import RequestError
from ses_stack.mail.lanes import LANES, lane_of
from ses_stack.requests.fan_out import SendLetter, group_of, per_recipient
from ses_stack.requests.request import VERSION, WHOLE, Attachment, SendRequest, to_document, validated
from ses_stack.sending.answers import LONGEST_WAIT

LETTERS_PER_CALL = 10
BYTES_PER_CALL = 1024 * 1024
# An SQS message may have 1 MiB with its attributes; the sender's copies of deferred messages need some.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
LONGEST_BODY = BYTES_PER_CALL - 16 * 1024
_CALLS_AT_ONCE = 4
_LONGEST_BUCKET = 63
_KEPT_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that a lane has taken. `index` counts the requests from 0."""

    index: int
    request_id: str
    recipients: tuple[str, ...]
    lane: str


@dataclass(frozen=True, slots=True)
class NotQueued:
    """A message that no lane has taken. `field` and `problem` say why; `again`: the same request may succeed later."""

    index: int
    request_id: str | None
    field: str
    problem: str
    again: bool = False

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far queueing has come: requests read, messages queued, messages not queued."""

    read: int
    queued: int
    failed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many requests. `failures` are the first thousand of `failed`; `on_result` is told all of them."""

    read: int
    queued: int
    failed: int
    failures: tuple[NotQueued, ...]


class Lanes(Protocol):
    """The queues behind the lanes."""

    def put(self, lane: str, letters: Sequence[SendLetter]) -> Mapping[int, str]:
        """Sends at most ten letters; gives the positions of those that were not sent, each with the reason.

        Raises `QueueingError` if the lane cannot be reached at all.
        """


class Store(Protocol):
    """Where attachments lie that are too large for a queue."""

    def put(self, key: str, content: bytes) -> str:
        """Keeps the content and names the bucket. Raises `QueueingError`."""


def letters_of(
    item: object, *, index: int, one_message: bool, store: Store | None, now: datetime, new_id: Callable[[], str]
) -> list[SendLetter]:
    """A request, or the document of one, as letters. Raises `RequestError`, before anything is stored."""
    request = validated(document_of(item, new_id))
    _check_wait(request, now)
    requests = [request] if one_message else per_recipient(request)
    if len(_body(request)) > LONGEST_BODY // 4:  # only a long one can be too long in UTF-8
        moved = _fitted(request, store)
        requests = [replace(each, attachments=moved.attachments) for each in requests]
    return [_letter(each, index) for each in requests]


def document_of(item: object, new_id: Callable[[], str]) -> object:
    """A send request's document, with what a program may leave out or write more freely put in order.

    The version and the request id are added; one address may stand for a list; times may be `datetime`; attachments may
    be `Attachment`, and their content bytes.
    """
    if isinstance(item, SendRequest):
        return to_document(item)
    if not isinstance(item, Mapping):
        return item
    document = {name: value for name, value in item.items() if value is not None}
    if "from_" in document:
        document["from"] = document.pop("from_")
    for name in ("to", "cc", "bcc", "reply_to", "attachments"):
        value = document.get(name)
        if isinstance(value, str | Mapping | Attachment):
            document[name] = [value]
        elif isinstance(value, tuple):
            document[name] = list(value)
    for name in ("not_before", "expires_at"):
        if isinstance(moment := document.get(name), datetime):
            document[name] = moment.isoformat()
    if isinstance(attachments := document.get("attachments"), list):
        document["attachments"] = [_attachment_document(each) for each in attachments]
    return {"v": VERSION, "request_id": new_id()} | document


def queue_all(
    items: Iterable[object],
    *,
    lanes: Lanes,
    store: Store | None,
    one_message: bool,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Queued | NotQueued], None] | None = None,
) -> Outcome:
    """Queues requests as they come, ten messages a call, a few calls at a time; keeps none of them.

    A bad request is reported and passed over. Raises `QueueingError` if a lane cannot be reached; asking again with the
    same request ids is then safe.
    """
    tally = _Tally(on_progress, on_result)

    def letters() -> Iterator[SendLetter]:
        for index, item in enumerate(items):
            tally.read += 1
            try:
                found = letters_of(item, index=index, one_message=one_message, store=store, now=clock(), new_id=new_id)
            except RequestError as error:
                tally.add(NotQueued(index, _id_of(item), error.field, error.problem))
            else:
                yield from found

    with ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="queueing") as calls:
        running: deque[tuple[Sequence[SendLetter], Future[Mapping[int, str]]]] = deque()
        for batch in batches(letters()):
            if len(running) == _CALLS_AT_ONCE:
                tally.settle(*running.popleft())
            running.append((batch, calls.submit(lanes.put, batch[0].lane, batch)))
        while running:
            tally.settle(*running.popleft())
    return tally.outcome()


def batches(letters: Iterable[SendLetter]) -> Iterator[list[SendLetter]]:
    """The letters by lane, as many as one call may carry."""
    waiting: dict[str, list[SendLetter]] = {lane: [] for lane in LANES}
    sizes = dict.fromkeys(LANES, 0)
    for letter in letters:
        batch, size = waiting[letter.lane], letter.size
        if batch and (len(batch) == LETTERS_PER_CALL or sizes[letter.lane] + size > BYTES_PER_CALL):
            yield batch
            batch = waiting[letter.lane] = []
            sizes[letter.lane] = 0
        batch.append(letter)
        sizes[letter.lane] += size
    yield from filter(None, waiting.values())


def results(batch: Sequence[SendLetter], unsent: Mapping[int, str]) -> Iterator[Queued | NotQueued]:
    """What became of each letter of a batch."""
    for position, letter in enumerate(batch):
        if reason := unsent.get(position):
            yield NotQueued(letter.index, letter.request_id, WHOLE, f"was not taken by SQS: {reason}", again=True)
        else:
            yield Queued(letter.index, letter.request_id, letter.recipients, letter.lane)


class _Tally:
    """Counts what became of messages, and tells whoever watches."""

    def __init__(
        self,
        on_progress: Callable[[Progress], None] | None,
        on_result: Callable[[Queued | NotQueued], None] | None,
    ) -> None:
        self.read = self._queued = self._failed = 0
        self._failures: list[NotQueued] = []
        self._on_progress = on_progress
        self._on_result = on_result

    def settle(self, batch: Sequence[SendLetter], unsent: Future[Mapping[int, str]]) -> None:
        for result in results(batch, unsent.result()):
            self.add(result)
        if self._on_progress:
            self._on_progress(Progress(self.read, self._queued, self._failed))

    def add(self, result: Queued | NotQueued) -> None:
        if isinstance(result, Queued):
            self._queued += 1
        else:
            self._failed += 1
            if len(self._failures) < _KEPT_FAILURES:
                self._failures.append(result)
        if self._on_result:
            self._on_result(result)

    def outcome(self) -> Outcome:
        if self._on_progress:
            self._on_progress(Progress(self.read, self._queued, self._failed))
        return Outcome(self.read, self._queued, self._failed, tuple(self._failures))


def _letter(request: SendRequest, index: int) -> SendLetter:
    return SendLetter(
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
    # The two characters that JSON allows and SQS does not.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    if "\ufffe" in body or "\uffff" in body:
        return json.dumps(document, separators=(",", ":"))
    return body


def _fitted(request: SendRequest, store: Store | None) -> SendRequest:
    """The request with as many attachments moved to the store as it takes to fit into a queue, the largest first."""
    moved = list(request.attachments)
    kept: list[tuple[int, str, bytes]] = []
    inline = sorted((each.weight, number) for number, each in enumerate(moved) if each.content is not None)
    while len(_body(replace(request, attachments=tuple(moved))).encode()) > LONGEST_BODY:
        if not inline:
            raise RequestError(*_too_long(request))
        if store is None:
            raise RequestError(
                "attachments", f"do not fit into the {BYTES_PER_CALL} bytes of a queue, and no bucket is set"
            )
        _, number = inline.pop()
        content = moved[number].content or b""
        key = f"attachments/{sha256(content).hexdigest()}"
        kept.append((number, key, content))
        # Any bucket's name, so that the body is as long as it will be: nothing is stored before all is known to fit.
        moved[number] = replace(moved[number], content=None, bucket="b" * _LONGEST_BUCKET, key=key, size=len(content))
    for number, key, content in kept:
        assert store is not None
        moved[number] = replace(moved[number], bucket=store.put(key, content))
    return replace(request, attachments=tuple(moved))


def _too_long(request: SendRequest) -> tuple[str, str]:
    sizes = {name: len(getattr(request, name) or "") for name in ("html", "text")}
    sizes["data"] = len(json.dumps(dict(request.data)))
    largest = max(sizes, key=sizes.__getitem__)
    return largest, f"makes a document of more than the {LONGEST_BODY} bytes that a queue takes, attachments aside"


def _check_wait(request: SendRequest, now: datetime) -> None:
    if request.expires_at and request.expires_at <= now:
        raise RequestError("expires_at", "is in the past: the message would never be sent")
    if request.not_before and request.not_before > now + timedelta(seconds=LONGEST_WAIT):
        raise RequestError(
            "not_before", f"is more than {LONGEST_WAIT // 86_400} days ahead, the longest that a lane holds mail"
        )


def _attachment_document(attachment: object) -> object:
    if isinstance(attachment, Attachment):
        attachment = {each.name: getattr(attachment, each.name) for each in fields(Attachment)}
    if not isinstance(attachment, Mapping):
        return attachment
    document = {name: value for name, value in attachment.items() if value is not None}
    if isinstance(content := document.get("content"), bytes):
        document["content"] = base64.b64encode(content).decode()
    return document


def _id_of(item: object) -> str | None:
    found = (
        item.request_id
        if isinstance(item, SendRequest)
        else item.get("request_id")
        if isinstance(item, Mapping)
        else None
    )
    return found if isinstance(found, str) else None
