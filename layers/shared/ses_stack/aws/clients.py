"""Clients of AWS services, made from a function's environment.

DynamoDB, SQS, CloudWatch and SES are called without the SDK (see `json_api` and `ses_api`). S3 and SNS are called
through boto3, which is imported when the first attachment in S3 comes, or the first message for the alert topic: it
would cost half of a cold start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ses_stack.aws.connections import Waits
from ses_stack.aws.json_api import Service
from ses_stack.aws.ses_api import SesService
from ses_stack.aws.signing import Credentials
from ses_stack.errors import ConfigurationError

# Where a service's host is not named as its endpoint's variable is.
_HOSTS = {"sesv2": "email", "cloudwatch": "monitoring"}


def dynamodb(environment: Mapping[str, str]) -> Service:
    """DynamoDB. Raises `ConfigurationError` if the environment names no region or credentials."""
    return _service("dynamodb", "DynamoDB_20120810", environment)


def sqs(environment: Mapping[str, str]) -> Service:
    """SQS. Raises `ConfigurationError` if the environment names no region or credentials."""
    return _service("sqs", "AmazonSQS", environment)


def cloudwatch(environment: Mapping[str, str]) -> Service:
    """CloudWatch. Raises `ConfigurationError` if the environment names no region or credentials."""
    return _service("cloudwatch", "GraniteServiceVersion20100801", environment)


def sesv2(environment: Mapping[str, str], *, answer_seconds: float = 5) -> SesService:
    """SES's API version 2. Raises `ConfigurationError` if the environment names no region or credentials."""
    credentials = _credentials(environment)
    return SesService(
        endpoint=endpoint_of("sesv2", environment),
        region=environment["AWS_REGION"],
        credentials=lambda: credentials,
        waits=Waits(connect=2, answer=answer_seconds),
        trusted=environment.get("AWS_CA_BUNDLE"),
    )


def s3() -> Any:
    """S3, for attachments, through boto3. It uses no connection again that lay idle while Lambda froze the worker.

    It never retries: the caller puts the message back, and knows the time left.
    """
    import boto3  # noqa: PLC0415 -- 180 ms of a cold start, for attachments that few messages have
    from botocore.config import Config  # noqa: PLC0415

    from ses_stack.aws.sdk_connections import drop_idle_connections  # noqa: PLC0415 -- the same 180 ms

    client = boto3.client("s3", config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1}))
    drop_idle_connections(client)
    return client


def sns() -> Any:
    """SNS, for the guard's messages, through boto3: SNS takes no JSON. The next run tells what this one could not."""
    import boto3  # noqa: PLC0415 -- 180 ms of a cold start, for messages that few runs have
    from botocore.config import Config  # noqa: PLC0415

    from ses_stack.aws.sdk_connections import drop_idle_connections  # noqa: PLC0415 -- the same 180 ms

    client = boto3.client("sns", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 2}))
    drop_idle_connections(client)
    return client


def endpoint_of(service: str, environment: Mapping[str, str]) -> str:
    """A service's address: the one that the environment names, as the SDKs read it, else AWS's in the region.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    for name in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return environment[name]
    region = environment["AWS_REGION"]
    return f"https://{_HOSTS.get(service, service)}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _service(name: str, target: str, environment: Mapping[str, str]) -> Service:
    """A service as Lambda's environment describes it.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    credentials = _credentials(environment)
    return Service(
        name=_HOSTS.get(name, name),
        target=target,
        endpoint=endpoint_of(name, environment),
        region=environment["AWS_REGION"],
        credentials=lambda: credentials,
        trusted=environment.get("AWS_CA_BUNDLE"),  # as the SDKs read it
    )


def _credentials(environment: Mapping[str, str]) -> Credentials:
    """The function's credentials: they are valid as long as its sandbox."""
    for variable in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environment.get(variable):
            raise ConfigurationError(f"the environment variable {variable} is not set")
    return Credentials(
        key_id=environment["AWS_ACCESS_KEY_ID"],
        secret=environment["AWS_SECRET_ACCESS_KEY"],
        token=environment.get("AWS_SESSION_TOKEN", ""),
    )
