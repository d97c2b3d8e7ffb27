"""What the suppression writer talks to besides its table: the queue and SES's list."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.config import SuppressionWriterSettings
from ses_stack.errors import AccountListBusyError, AccountListError, ConfigurationError
from ses_stack.suppression.adapters.account_list import AccountSuppressions, Listed
from ses_stack.suppression.adapters.queue import RecordCopies, record_of
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.turns import Copy, Record

URL = "https://sqs.example/queue"


class Queue:
    """Answers as told, then well; keeps what it was sent."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "SendMessageBatch"
        for body in bodies:
            self.sent.append(json.loads(body))
            yield self.answers.pop(0) if self.answers else Answer(200, {"Successful": []})


def copies(count: int) -> list[Copy]:
    return [
        Copy(record_id=f"r{n}", body=f"b{n}", delay=n + 1, turn=None if n == 1 else 1000.5 + n) for n in range(count)
    ]


def send(queue: Queue, count: int) -> dict[str, str]:
    quick = Retrying(sleep=lambda _: None)
    return RecordCopies(queue, url=URL, retrying=quick).send(copies(count), until=time.monotonic() + 5)


def test_copies_go_ten_a_call_with_delay_and_turn() -> None:
    queue = Queue()
    assert send(queue, 12) == {}
    assert [len(call["Entries"]) for call in queue.sent] == [10, 2]
    first, second = queue.sent[0]["Entries"][:2]
    assert (queue.sent[0]["QueueUrl"], first["MessageBody"], first["DelaySeconds"]) == (URL, "b0", 1)
    assert first["MessageAttributes"] == {"account_list_turn": {"DataType": "Number", "StringValue": "1000.500"}}
    assert "MessageAttributes" not in second


def test_copies_that_were_not_taken_are_sent_again() -> None:
    failed = Answer(200, {"Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}]})
    queue = Queue(failed, None, Answer(503, {}))
    assert send(queue, 3) == {}
    assert [len(call["Entries"]) for call in queue.sent] == [3, 1, 1, 1]
    assert send(Queue(Answer(400, {"__type": "x#AccessDeniedException"})), 1) == {"r0": "AccessDeniedException"}


@pytest.mark.parametrize(
    ("attribute", "turn"), [("1000.5", 1000.5), ("soon", None), ("nan", None), ("", None), ("1e", None), (None, None)]
)
def test_a_record_and_its_turn(attribute: str | None, turn: float | None) -> None:
    told = {"account_list_turn": {"stringValue": attribute, "dataType": "Number"}} if attribute is not None else {}
    message = {"messageId": "m", "body": "b", "messageAttributes": told}
    assert record_of(message) == Record(id="m", body="b", turn=turn)
    assert record_of({"messageId": "m", "body": "b"}) == Record(id="m", body="b")


@pytest.fixture
def ses() -> Iterator[tuple[AccountSuppressions, Stubber]]:
    client = boto3.client("sesv2")
    with Stubber(client) as stub:
        yield AccountSuppressions(lambda: client), stub
        stub.assert_no_pending_responses()


def test_ses_list_is_written_in_the_case_as_spelled(ses: tuple[AccountSuppressions, Stubber]) -> None:
    account, stub = ses
    stub.add_response("put_suppressed_destination", {}, {"EmailAddress": "Ann@x.org", "Reason": "BOUNCE"})
    stub.add_response("delete_suppressed_destination", {}, {"EmailAddress": "Ann@x.org"})
    stub.add_client_error("delete_suppressed_destination", "NotFoundException", http_status_code=404)
    account.put("Ann@x.org", "BOUNCE")
    assert account.remove("Ann@x.org")
    assert not account.remove("ann@x.org")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("TooManyRequestsException", 429, AccountListBusyError),
        ("SomethingNew", 429, AccountListBusyError),
        ("AccessDeniedException", 403, AccountListError),
        ("InternalFailure", 500, AccountListError),
    ],
)
def test_ses_errors_have_names(
    ses: tuple[AccountSuppressions, Stubber], code: str, status: int, error: type[AccountListError]
) -> None:
    account, stub = ses
    stub.add_client_error("put_suppressed_destination", code, "ann@x.org is bad", http_status_code=status)
    with pytest.raises(AccountListError, match=f"^SES: PutSuppressedDestination: {code}$") as told:
        account.put("ann@x.org", "BOUNCE")
    assert type(told.value) is error


def test_ses_does_not_answer() -> None:
    class Silent:
        def put_suppressed_destination(self, **_: str) -> None:
            raise ConnectTimeoutError(endpoint_url="https://ses")

    account = AccountSuppressions(Silent)  # type: ignore[arg-type, return-value]
    with pytest.raises(AccountListError, match="SES: PutSuppressedDestination: ConnectTimeoutError"):
        account.put("ann@x.org", "BOUNCE")


def test_pages_of_ses_list(ses: tuple[AccountSuppressions, Stubber]) -> None:
    account, stub = ses
    since = datetime(2026, 5, 12, 10, 48, tzinfo=UTC)
    summary = {"EmailAddress": "Ann@x.org", "Reason": "BOUNCE", "LastUpdateTime": since}
    page = {"SuppressedDestinationSummaries": [summary], "NextToken": "t"}
    stub.add_response("list_suppressed_destinations", page, {"PageSize": 1000})
    stub.add_response("list_suppressed_destinations", {}, {"PageSize": 1000, "NextToken": "t"})
    assert account.page(None) == (
        [Listed(address="Ann@x.org", reason="BOUNCE", time="2026-05-12T10:48:00.000Z")],
        "t",
    )
    assert account.page("t") == ([], None)


ENVIRONMENT = {
    "SUPPRESSION_TABLE": "t",
    "SUPPRESSION_QUEUE_URL": URL,
    "SOFT_BOUNCE_THRESHOLD": "4",
    "SOFT_BOUNCE_WINDOW_DAYS": "5",
    "SOFT_BOUNCE_SUPPRESSION_DAYS": "6",
    "SYNC_ACCOUNT_LIST": "false",
}


def test_the_writers_settings() -> None:
    told = SuppressionWriterSettings.read(ENVIRONMENT)
    assert (told.table, told.queue_url, told.sync_account_list) == ("t", URL, False)
    assert told.policy == Policy(threshold=4, window_days=5, suppression_days=6)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the environment variable {name} "):
        SuppressionWriterSettings.read({**ENVIRONMENT, name: ""})
    if name not in {"SUPPRESSION_TABLE", "SUPPRESSION_QUEUE_URL"}:
        with pytest.raises(ConfigurationError, match=f"the environment variable {name} must be"):
            SuppressionWriterSettings.read({**ENVIRONMENT, name: "0"})
