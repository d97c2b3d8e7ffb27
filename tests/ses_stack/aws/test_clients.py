"""Clients are made from Lambda's environment."""

from __future__ import annotations

import time
from collections.abc import Callable

import boto3
import pytest

from ses_stack.aws import clients
from ses_stack.aws.json_api import Answer, Service
from ses_stack.errors import ConfigurationError
from tests.support.scripted_server import ScriptedServer

ENVIRONMENT = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


@pytest.mark.parametrize(
    ("make", "target", "scope"),
    [
        (clients.dynamodb, b"DynamoDB_20120810.Do", b"/eu-west-1/dynamodb/aws4_request"),
        (clients.sqs, b"AmazonSQS.Do", b"/eu-west-1/sqs/aws4_request"),
        (clients.cloudwatch, b"GraniteServiceVersion20100801.Do", b"/eu-west-1/monitoring/aws4_request"),
    ],
)
def test_a_service_is_called_as_the_environment_says(
    make: Callable[[dict[str, str]], Service], target: bytes, scope: bytes
) -> None:
    server = ScriptedServer([OK])
    service = make({**ENVIRONMENT, "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL": server.url})

    assert list(service.calls("Do", [b"{}"], until=time.monotonic() + 20)) == [Answer(200, {"a": 1})]

    service.close()
    server.close()
    (request,) = server.requests
    assert b"x-amz-target: " + target in request
    assert b"x-amz-security-token: token" in request
    assert b"Credential=AKIDEXAMPLE/" in request
    assert scope in request


@pytest.mark.parametrize("name", list(ENVIRONMENT))
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    for make in (clients.dynamodb, clients.sqs, clients.sesv2):
        with pytest.raises(ConfigurationError, match=name):
            make({**ENVIRONMENT, name: ""})


@pytest.mark.parametrize(
    ("more", "endpoint"),
    [
        ({}, "https://dynamodb.eu-west-1.amazonaws.com"),
        ({"AWS_REGION": "cn-north-1"}, "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        ({"AWS_ENDPOINT_URL": "http://x:1"}, "http://x:1"),
        ({"AWS_ENDPOINT_URL": "http://x:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://y:2"}, "http://y:2"),
    ],
)
def test_the_endpoint_is_the_one_of_the_sdks(more: dict[str, str], endpoint: str) -> None:
    assert clients.endpoint_of("dynamodb", {**ENVIRONMENT, **more}) == endpoint


def test_ses_is_called_as_the_environment_says() -> None:
    server = ScriptedServer([OK])
    environment = {**ENVIRONMENT, "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL_SESV2": server.url}
    service = clients.sesv2(environment | {"AWS_ENDPOINT_URL": "http://x:1"})

    assert service.call("GetAccount", {}) == Answer(200, {"a": 1})

    service.close()
    server.close()
    (request,) = server.requests
    assert request.startswith(b"GET /v2/email/account HTTP/1.1\r\n")
    assert b"x-amz-security-token: token" in request
    assert b"Credential=AKIDEXAMPLE/" in request
    assert b"/eu-west-1/ses/aws4_request" in request


def test_ses_of_a_region_has_the_host_that_botocore_finds() -> None:
    found = boto3.client("sesv2", region_name="eu-west-1").meta.endpoint_url

    assert clients.endpoint_of("sesv2", ENVIRONMENT) == found


def test_s3_answers_within_the_time_of_an_invocation() -> None:
    config = clients.s3().meta.config

    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
