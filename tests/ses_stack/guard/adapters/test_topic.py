"""The alert topic, on moto and on botocore's Stubber."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from ses_stack.errors import ServiceError
from ses_stack.guard.adapters.topic import AlertTopic
from ses_stack.guard.wording import Notification

NOTIFICATION = Notification("s: the guard has paused marketing mail", "Why: too many.\n")


def test_subscribers_get_the_subject_and_the_text() -> None:
    with mock_aws():
        sns, sqs = boto3.client("sns"), boto3.client("sqs")
        arn = sns.create_topic(Name="alerts")["TopicArn"]
        url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)

        AlertTopic(lambda: sns, arn=arn).notify(NOTIFICATION)

        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert (body["Subject"], body["Message"]) == (NOTIFICATION.subject, NOTIFICATION.text)


def test_a_refusal_is_named_without_the_text() -> None:
    client = boto3.client("sns")
    with Stubber(client) as stub:
        stub.add_client_error("publish", "AuthorizationError")
        with pytest.raises(ServiceError, match=r"^SNS answers AuthorizationError to Publish$"):
            AlertTopic(lambda: client, arn="arn:aws:sns:us-east-1:1:alerts").notify(NOTIFICATION)


def test_a_topic_that_cannot_be_reached_is_no_crash() -> None:
    class Unreachable:
        def publish(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://sns")

    with pytest.raises(ServiceError, match="EndpointConnectionError"):
        AlertTopic(Unreachable, arn="arn").notify(NOTIFICATION)
