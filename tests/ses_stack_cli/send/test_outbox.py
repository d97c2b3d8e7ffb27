"""The outbox of a command: a stack's lanes, or none."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack.client import Mailer, NotQueued, Outcome, Queued, Receipt, RequestError
from ses_stack_cli.send.outbox import DryRun, mailer_of
from ses_stack_cli.target import Target, TargetError

MAIL: dict[str, Any] = {
    "v": 1,
    "request_id": "r",
    "stream": "marketing",
    "from": "a@x.org",
    "to": ["b@x.org"],
    "subject": "S",
    "text": "T",
}


def target(**outputs: str) -> Target:
    return Target(stack="s", outputs=outputs, client=lambda service: service)


def test_a_dry_run_gives_the_receipt_of_a_valid_request() -> None:
    assert DryRun().send_request(MAIL) == Receipt("r", (Queued(0, "r", ("b@x.org",), "bulk"),))
    two = DryRun().send_request(MAIL | {"cc": ["c@x.org"]}, one_message=True)
    assert two.messages[0].recipients == ("b@x.org", "c@x.org")


def test_a_dry_run_refuses_what_a_mailer_refuses() -> None:
    with pytest.raises(RequestError, match=r"^to\[0\] has no @"):
        DryRun().send_request(MAIL | {"to": ["b"]})


def test_a_dry_run_reports_every_message_of_many() -> None:
    results: list[Queued | NotQueued] = []
    requests = [MAIL, MAIL | {"to": ["b"]}, MAIL | {"to": ["c@x.org", "d@x.org"]}]
    outcome = DryRun().send_many(requests, on_result=results.append)

    assert outcome == Outcome(3, 3, 1, (NotQueued(1, "r", "to[0]", "has no @"),))
    assert sorted(result.index for result in results) == [0, 1, 2, 2]


def test_a_dry_run_stores_no_large_attachment() -> None:
    attachment = {"filename": "a.bin", "content": "AAAA" * 500_000}

    assert len(DryRun().send_request(MAIL | {"attachments": [attachment]}).messages) == 1


def test_the_outputs_of_a_stack_make_its_mailer() -> None:
    outputs = {"PriorityQueueUrl": "p", "BulkQueueUrl": "b"}

    assert isinstance(mailer_of(target(**outputs)), Mailer)
    assert isinstance(mailer_of(target(**outputs, AttachmentBucketName="a")), Mailer)


def test_a_stack_without_a_sender_is_refused() -> None:
    with pytest.raises(TargetError, match="has no output BulkQueueUrl"):
        mailer_of(target(PriorityQueueUrl="p"))


def test_a_stack_for_testing_says_whom_it_mails(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = {"PriorityQueueUrl": "https://sqs/p", "BulkQueueUrl": "https://sqs/b"}
    mailer_of(target(**outputs))
    assert capsys.readouterr().err == ""
    mailer_of(target(**outputs, OnlyRecipients="example.com,ann@example.org"))
    assert capsys.readouterr().err == (
        "s is for testing: it mails example.com,ann@example.org, and leaves out everyone else (OnlyRecipients)\n"
    )
