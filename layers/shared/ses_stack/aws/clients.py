"""Clients of AWS services, made from a function's environment.

DynamoDB and SQS are called without the SDK (see `json_api`). SES and S3 are called through boto3, which is imported
when the first client is made: it costs most of a cold start, and most batches of the suppression writer never need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ses_stack.aws.json_api import Service
from ses_stack.aws.signing import Credentials
from ses_stack.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def dynamodb(environment: Mapping[str, str]) -> Service:
    """DynamoDB. Raises `ConfigurationError` if the environment names no region or credentials."""
    return _service("dynamodb", "DynamoDB_20120810", environment)


def sqs(environment: Mapping[str, str]) -> Service:
    """SQS. Raises `ConfigurationError` if the environment names no region or credentials."""
    return _service("sqs", "AmazonSQS", environment)


def sesv2(*, connections: int = 10, connect_seconds: float = 1, answer_seconds: float = 5) -> SESV2Client:
    """SES's API version 2. It never retries: SendEmail has no idempotency token, and the caller knows the time left."""
    client: SESV2Client = _sdk_client(
        "sesv2",
        connect_timeout=connect_seconds,
        read_timeout=answer_seconds,
        retries={"total_max_attempts": 1},
        max_pool_connections=connections,
    )
    return client


def s3() -> Any:
    """S3, for attachments."""
    return _sdk_client("s3", connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})


def _sdk_client(service: Literal["s3", "sesv2"], **config: Any) -> Any:
    """A client of boto3 that uses no connection again that lay idle while Lambda froze the worker."""
    import boto3  # noqa: PLC0415 -- 180 ms of a cold start that most batches do not need
    from botocore.config import Config  # noqa: PLC0415

    from ses_stack.aws.sdk_connections import drop_idle_connections  # noqa: PLC0415 -- the same 180 ms

    client = boto3.client(service, config=Config(**config))
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
    return f"https://{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _service(name: str, target: str, environment: Mapping[str, str]) -> Service:
    """A service as Lambda's environment describes it.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    for variable in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environment.get(variable):
            raise ConfigurationError(f"the environment variable {variable} is not set")
    credentials = Credentials(
        key_id=environment["AWS_ACCESS_KEY_ID"],
        secret=environment["AWS_SECRET_ACCESS_KEY"],
        token=environment.get("AWS_SESSION_TOKEN", ""),
    )
    return Service(
        name=name,
        target=target,
        endpoint=endpoint_of(name, environment),
        region=environment["AWS_REGION"],
        credentials=lambda: credentials,
        trusted=environment.get("AWS_CA_BUNDLE"),  # as the SDKs read it
    )
