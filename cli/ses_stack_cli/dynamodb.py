"""DynamoDB for commands that make many calls: signed and sent without the SDK, with the operator's credentials."""

from __future__ import annotations

import os
from functools import partial
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from ses_stack.aws.json_api import Calls, Service
from ses_stack.aws.sdk_calls import SdkCalls
from ses_stack.aws.signing import Credentials
from ses_stack_cli.target import Target


def dynamodb_calls(target: Target) -> Calls:
    """DynamoDB of a stack's account, at the endpoint that boto3 found for it. One thread at a time may call it.

    The calls go through boto3 where a proxy is configured: `Service` knows no proxies.
    """
    client = target.client("dynamodb")
    endpoint = client.meta.endpoint_url
    configured = client.meta.config.proxies
    proxies = get_environ_proxies(endpoint) if configured is None else configured
    if target.session is None or urlsplit(endpoint).scheme in proxies:
        return SdkCalls(client)
    return Service(
        name="dynamodb",
        target="DynamoDB_20120810",
        endpoint=endpoint,
        region=client.meta.region_name,
        credentials=partial(credentials_of, target.session),
        trusted=target.ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True),
    )


def credentials_of(session: boto3.Session) -> Credentials:
    """The session's credentials, which botocore renews before they expire.

    Raises `BotoCoreError` if there are none, or if they cannot be renewed.
    """
    found = session.get_credentials()
    frozen = found.get_frozen_credentials() if found else None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise NoCredentialsError
    return Credentials(key_id=frozen.access_key, secret=frozen.secret_key, token=frozen.token or "")
