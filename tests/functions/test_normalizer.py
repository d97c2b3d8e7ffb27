"""The function as Lambda calls it, with the files in `events/`."""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import dynamodb_server, payloads
from tests.support.dynamodb_server import Server, Wrong
from tests.support.paths import ROOT

EVENTS = ROOT / "events"
CONTEXT = SimpleNamespace(
    function_name="normalizer",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:normalizer",
    aws_request_id="request-1",
    get_remaining_time_in_millis=lambda: 30_000,
)

type Handler = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def server() -> Iterator[Server]:
    with dynamodb_server.running() as server:
        yield server


@pytest.fixture
def handler(server: Server, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handler]:
    """The handler of a new sandbox."""
    environment = {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": server.url,
        "STACK_NAME": "ses-stack",
        "EVENT_TABLE": "events",
        "RETENTION_DAYS": "90",
        "REQUEST_SENDS_IN_TAIL": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from ses_stack.aws import clients

    services = []
    real = clients.dynamodb
    monkeypatch.setattr(clients, "dynamodb", lambda environment: services.append(real(environment)) or services[-1])
    monkeypatch.delitem(sys.modules, "functions.normalizer.app", raising=False)
    app = importlib.import_module("functions.normalizer.app")
    app.logger.registered_handler.setStream(log)
    yield lambda event: app.handler(event, CONTEXT)
    for service in services:
        service.close()


def load(name: str) -> dict[str, Any]:
    return dict(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))


def logged(log: io.StringIO, message: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == message]


def test_the_mixed_batch_is_stored_in_one_call(handler: Handler, server: Server) -> None:
    assert handler(load("mixed_batch")) == {"batchItemFailures": []}

    assert len(server.calls) == 1
    assert {row["type"]["S"] for row in server.rows.values()} == set(payloads.EVERY)


@pytest.mark.parametrize("kind", list(payloads.EVERY))
def test_each_sample_is_stored(handler: Handler, server: Server, kind: str) -> None:
    assert handler(load(kind)) == {"batchItemFailures": []}

    (row,) = server.rows.values()
    assert row["type"] == {"S": kind}


def test_a_bounce_of_several_recipients_is_several_rows(handler: Handler, server: Server) -> None:
    assert handler(load("multi_recipient_bounce")) == {"batchItemFailures": []}

    assert len(server.rows) == 3


def test_poison_fails_alone(handler: Handler, server: Server, log: io.StringIO) -> None:
    poison = load("poison")["Records"]
    event = {"Records": load("bounce")["Records"] + poison + load("send")["Records"]}

    assert handler(event) == {"batchItemFailures": [{"itemIdentifier": poison[0]["messageId"]}]}

    assert len(server.rows) == 2
    (failure,) = logged(log, "record failed")
    assert failure["record"] == poison[0]["messageId"]
    assert failure["reason"] == "FieldError: mail.messageId is missing"
    assert "example" not in log.getvalue()  # no address, no content


def test_what_dynamodb_refuses_comes_again(handler: Handler, server: Server) -> None:
    server.fault = lambda _: Wrong(400, "AccessDeniedException")
    event = load("mixed_batch")

    answer = handler(event)

    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}


def test_a_batch_is_summed_up_in_the_log(handler: Handler, log: io.StringIO) -> None:
    handler(
        payloads.queue_event(
            '{"notificationType":"AmazonSnsSubscriptionSucceeded"}', "{", payloads.body(payloads.send())
        )
    )

    (line,) = logged(log, "batch")
    assert (line["stored"], line["ignored"], line["failed"]) == (1, 1, 1)
    assert line["function_request_id"] == "request-1"


def test_an_empty_batch(handler: Handler) -> None:
    assert handler({"Records": []}) == {"batchItemFailures": []}
