"""The Mailer's work, with lanes and a store in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.client import Attachment, Mailer, NotQueued, Progress, Queued, QueueingError, RequestError, attached
from ses_stack.errors import ConfigurationError
from ses_stack.requests.fan_out import SendLetter
from ses_stack.requests.queueing import (
    BYTES_PER_CALL,
    LETTERS_PER_CALL,
    LONGEST_BODY,
    Outcome,
    batches,
    letters_of,
    queue_all,
)
from ses_stack.requests.request import validated
from ses_stack.sending.answers import LONGEST_WAIT

NOW = datetime(2027, 5, 1, 10, tzinfo=UTC)
MAIL: dict[str, Any] = {
    "stream": "marketing",
    "from": "a@x.org",
    "to": "b@x.org",
    "subject": "Hello",
    "text": "Hello",
}


class Lanes:
    """Takes everything, but for the recipients that it is told to refuse."""

    def __init__(self, refused: Mapping[str, str] | None = None, *, gone: bool = False) -> None:
        self.calls: list[tuple[str, list[SendLetter]]] = []
        self._refused = refused or {}
        self._gone = gone

    def put(self, lane: str, letters: Sequence[SendLetter]) -> dict[int, str]:
        if self._gone:
            raise QueueingError("the queue is gone")
        self.calls.append((lane, list(letters)))
        return {
            position: self._refused[letter.recipients[0]]
            for position, letter in enumerate(letters)
            if letter.recipients[0] in self._refused
        }

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(letter.body) for _, letters in self.calls for letter in letters]


class Store:
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> str:
        self.files[key] = content
        return "my-bucket"


def letters(item: object, *, one_message: bool = False, store: Store | None = None) -> list[SendLetter]:
    ids = count(1)
    return letters_of(item, index=7, one_message=one_message, store=store, now=NOW, new_id=lambda: f"made-{next(ids)}")


def queue(items: Any, lanes: Lanes, **more: Any) -> Outcome:
    ids = count(1)
    given: dict[str, Any] = {"store": None, "one_message": False, "clock": lambda: NOW}
    return queue_all(items, lanes=lanes, new_id=lambda: f"made-{next(ids)}", **(given | more))


# One request


def test_a_request_becomes_a_letter_for_its_lane() -> None:
    (letter,) = letters(MAIL)

    assert (letter.index, letter.request_id, letter.lane, letter.group) == (7, "made-1", "bulk", "marketing")
    assert json.loads(letter.body) == MAIL | {"v": 1, "request_id": "made-1", "to": ["b@x.org"]}


def test_urgent_mail_takes_the_priority_lane() -> None:
    (letter,) = letters(MAIL | {"stream": "transactional", "tenant": "acme"})

    assert (letter.lane, letter.group) == ("priority", "acme")


def test_each_recipient_gets_a_letter_of_its_own() -> None:
    first, second = letters(MAIL | {"request_id": "r", "to": ["b@x.org", "c@x.org"]})

    assert (first.recipients, second.recipients) == (("b@x.org",), ("c@x.org",))
    assert [letter.request_id for letter in (first, second)] == [
        letter.request_id for letter in letters(MAIL | {"request_id": "r", "to": ["b@x.org", "c@x.org"]})
    ]


def test_one_message_keeps_the_recipients_together() -> None:
    (letter,) = letters(MAIL | {"to": ["b@x.org"], "cc": "c@x.org", "bcc": ["d@x.org"]}, one_message=True)

    assert letter.recipients == ("b@x.org", "c@x.org", "d@x.org")
    assert json.loads(letter.body)["bcc"] == ["d@x.org"]


def test_what_a_program_writes_more_freely_is_put_in_order() -> None:
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
    (letter,) = letters(mail)
    document = json.loads(letter.body)

    assert document["not_before"] == "2027-05-01T10:00:00.000Z"
    assert [each.content for each in validated(document).attachments] == [b"1", b"2", b"3"]


def test_a_request_that_is_one_already_is_taken_as_it_is() -> None:
    request = validated(MAIL | {"v": 1, "request_id": "r", "to": ["b@x.org"]})

    assert validated(json.loads(letters(request)[0].body)) == request


@pytest.mark.parametrize("item", [None, 1, "text", [], {}])
def test_what_is_no_request_is_refused(item: object) -> None:
    with pytest.raises(RequestError):
        letters(item)


@pytest.mark.parametrize("attachments", ["text", [1], {"filename": 1}])
def test_what_is_no_attachment_is_refused(attachments: object) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[0\]"):
        letters(MAIL | {"attachments": attachments})


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^not_before is not a time"):
        letters(MAIL | {"not_before": NOW.replace(tzinfo=None)})


@pytest.mark.parametrize("moment", [NOW, NOW - timedelta(days=1)])
def test_what_has_expired_is_refused(moment: datetime) -> None:
    with pytest.raises(RequestError, match=r"^expires_at is in the past"):
        letters(MAIL | {"expires_at": moment})


def test_a_lane_is_no_calendar() -> None:
    letters(MAIL | {"not_before": NOW + timedelta(seconds=LONGEST_WAIT)})
    with pytest.raises(RequestError, match=r"^not_before is more than 14 days ahead"):
        letters(MAIL | {"not_before": NOW + timedelta(seconds=LONGEST_WAIT) + timedelta(seconds=1)})


def test_characters_that_sqs_refuses_are_escaped() -> None:
    (letter,) = letters(MAIL | {"text": "ä \ufffe \uffff \x0b"})

    assert letter.body.isascii()
    assert json.loads(letter.body)["text"] == "ä \ufffe \uffff \x0b"


# Large requests


def file(size: int, name: str = "a") -> Attachment:
    return Attachment(filename=name, content=name.encode() * size)


def test_what_fits_stays_in_the_queue() -> None:
    store = Store()
    (letter,) = letters(MAIL | {"attachments": [file(700_000)]}, store=store)

    assert not store.files
    assert letter.size <= LONGEST_BODY


def test_the_largest_attachments_go_to_the_store_until_the_rest_fits() -> None:
    store = Store()
    some = [file(400_000, "a"), file(900_000, "b"), file(300_000, "c")]
    (letter,) = letters(MAIL | {"attachments": some}, store=store)
    first, second, third = validated(json.loads(letter.body)).attachments

    assert (first.content, third.content) == (some[0].content, some[2].content)
    assert (second.content, second.bucket, second.size) == (None, "my-bucket", 900_000)
    assert list(store.files.values()) == [some[1].content]
    assert second.key in store.files


def test_an_attachment_is_stored_once_for_all_recipients() -> None:
    store = Store()
    found = letters(MAIL | {"to": [f"{n}@x.org" for n in range(5)], "attachments": [file(2_000_000)]}, store=store)

    assert len(found) == 5
    assert len(store.files) == 1
    assert all(letter.size < 2000 for letter in found)


def test_without_a_store_a_large_attachment_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^attachments do not fit into"):
        letters(MAIL | {"attachments": [file(900_000)]})


@pytest.mark.parametrize("field", ["html", "text"])
def test_a_text_that_no_queue_takes_is_refused_by_name(field: str) -> None:
    with pytest.raises(RequestError, match=f"^{field} makes a document of more than"):
        letters(MAIL | {field: "ä" * 600_000, "attachments": [file(10)]}, store=Store())


def test_attachments_that_lie_in_a_bucket_stay_there() -> None:
    store = Store()
    pointer = {"filename": "p", "bucket": "theirs", "key": "k", "size": 5_000_000}
    (letter,) = letters(MAIL | {"attachments": [pointer, file(900_000)]}, store=store)

    assert [each.bucket for each in validated(json.loads(letter.body)).attachments] == ["theirs", "my-bucket"]
    assert len(store.files) == 1


def test_nothing_is_stored_for_a_request_that_is_refused() -> None:
    store = Store()
    with pytest.raises(RequestError):
        letters(MAIL | {"html": "ä" * 600_000, "attachments": [file(900_000)]}, store=store)

    assert not store.files


# Many


def many(number: int, **more: Any) -> Iterator[dict[str, Any]]:
    return (MAIL | {"to": f"{n}@x.org", "request_id": f"r-{n}"} | more for n in range(number))


def test_many_go_out_ten_a_call() -> None:
    lanes = Lanes()
    outcome = queue(many(25), lanes)

    assert outcome == Outcome(25, 25, 0, ())
    assert sorted(len(call) for _, call in lanes.calls) == [5, 10, 10]


def test_lanes_never_share_a_call() -> None:
    lanes = Lanes()
    queue([*many(3), *many(3, stream="transactional")], lanes)

    assert sorted((lane, len(call)) for lane, call in lanes.calls) == [("bulk", 3), ("priority", 3)]


def test_a_bad_request_fails_alone_with_its_number_and_field() -> None:
    lanes = Lanes()
    outcome = queue([*many(1), {"request_id": "bad", **MAIL, "to": "nobody"}, 5, *many(1)], lanes)

    assert (outcome.queued, outcome.failed) == (2, 2)
    assert outcome.failures == (
        NotQueued(1, "bad", "to[0]", "has no @"),
        NotQueued(2, None, "the request", "is a number, and must be an object"),
    )
    assert str(outcome.failures[0]) == "to[0] has no @"


def test_what_sqs_does_not_take_is_reported_with_what_to_ask_again() -> None:
    told: list[Queued | NotQueued] = []
    outcome = queue(many(3), Lanes({"1@x.org": "InternalError"}), on_result=told.append)

    assert outcome.failures == (NotQueued(1, "r-1", "the request", "was not taken by SQS: InternalError", again=True),)
    assert [type(each) for each in told] == [Queued, NotQueued, Queued]
    assert told[0] == Queued(0, "r-0", ("0@x.org",), "bulk")


def test_progress_is_told_as_it_goes() -> None:
    told: list[Progress] = []
    queue([*many(95), MAIL | {"to": "bad"}], Lanes(), on_progress=told.append)

    assert told[-1] == Progress(96, 95, 1)
    assert [each.queued for each in told] == sorted(each.queued for each in told)


def test_requests_are_taken_as_they_are_queued_and_never_kept() -> None:
    lanes, ahead = Lanes(), []

    def watched() -> Iterator[dict[str, Any]]:
        for number, item in enumerate(many(1000)):
            ahead.append(number - sum(len(call) for _, call in lanes.calls))
            yield item

    queue(watched(), lanes)

    assert max(ahead) <= 100


def test_only_the_first_failures_are_kept() -> None:
    told: list[Queued | NotQueued] = []
    outcome = queue(({} for _ in range(1500)), Lanes(), on_result=told.append)

    assert (outcome.failed, len(outcome.failures), len(told)) == (1500, 1000, 1500)


def test_a_queue_that_is_gone_stops_everything() -> None:
    with pytest.raises(QueueingError, match="gone"):
        queue(many(1000), Lanes(gone=True))


def test_nothing_is_an_outcome_too() -> None:
    assert queue([], Lanes()) == Outcome(0, 0, 0, ())


@given(st.lists(st.tuples(st.sampled_from(["bulk", "priority"]), st.integers(1, BYTES_PER_CALL)), max_size=40))
def test_no_call_is_too_long_and_none_is_lost(sizes: list[tuple[str, int]]) -> None:
    class Sized(SendLetter):
        __slots__ = ()

        @property
        def size(self) -> int:
            return int(self.body)

    given_letters = [Sized(n, f"{n}", (), lane, "g", f"{size}") for n, (lane, size) in enumerate(sizes)]
    calls = list(batches(given_letters))

    assert all(len(call) <= LETTERS_PER_CALL and sum(each.size for each in call) <= BYTES_PER_CALL for call in calls)
    assert all(len({each.lane for each in call}) == 1 for call in calls)
    assert sorted(each.index for call in calls for each in call) == list(range(len(sizes)))


# The Mailer


def test_files_are_read_and_typed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "a.tar.gz").write_bytes(b"1")

    first, second = attached([tmp_path / "a.pdf", str(tmp_path / "a.tar.gz")])

    assert (first.filename, first.content_type, first.content) == ("a.pdf", "application/pdf", b"%PDF")
    assert second.content_type == "application/octet-stream"
    assert attached(tmp_path / "a.pdf") == [first]  # type: ignore[arg-type]  # people do


def test_a_file_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[1\] cannot be read: No such file"):
        attached([{"filename": "a", "content": "AA=="}, tmp_path / "none"])


def test_a_mailer_must_know_its_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="the priority and the bulk queue is"):
        Mailer(client=str)
    monkeypatch.setenv("SES_STACK_PRIORITY_QUEUE_URL", "https://queue")
    with pytest.raises(ConfigurationError, match=r"where the bulk queue is.*SES_STACK_BULK_QUEUE_URL"):
        Mailer(client=str)


def test_importing_the_client_loads_no_aws_library() -> None:
    code = (
        "import sys, ses_stack.client\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(*loaded & {'boto3', 'botocore', 'pydantic', 'aws_lambda_powertools'})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert found.stdout.split() == []
