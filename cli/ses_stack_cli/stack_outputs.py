"""A stack's outputs, in one call of CloudFormation without the SDK."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlencode, urlsplit
from xml.etree import ElementTree

from ses_stack.aws.signing import signed_headers
from ses_stack_cli.signed import SignedAccess

_TIMEOUT_SECONDS = 10.0
_SUCCESS = 200


def stack_outputs(access: SignedAccess, stack: str) -> dict[str, str] | None:
    """The outputs of a stack; None for any other answer than success, or none: the SDK tries again, and explains.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    """
    endpoint = access.endpoint("cloudformation")
    if endpoint is None:
        return None
    url = urlsplit(endpoint)
    body = urlencode({"Action": "DescribeStacks", "Version": "2010-05-15", "StackName": stack}).encode()
    headers = signed_headers(
        access.credentials(),
        service="cloudformation",
        region=access.region,
        now=datetime.now(UTC),
        headers={"content-type": "application/x-www-form-urlencoded", "host": url.netloc},
        body=body,
    )
    connection = _connection(url, access.trusted)
    try:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        document = answer.read()
        # CloudFormation's own answer, over TLS.
        return _outputs(ElementTree.fromstring(document)) if answer.status == _SUCCESS else None  # noqa: S314
    except (OSError, HTTPException, ElementTree.ParseError):
        return None
    finally:
        connection.close()


def _connection(url: SplitResult, trusted: str | None) -> HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=trusted)
        return HTTPSConnection(host, url.port, timeout=_TIMEOUT_SECONDS, context=context)
    return HTTPConnection(host, url.port, timeout=_TIMEOUT_SECONDS)


def _outputs(document: ElementTree.Element) -> dict[str, str] | None:
    stacks = document.findall("{*}DescribeStacksResult/{*}Stacks/{*}member")
    if len(stacks) != 1:
        return None
    outputs = stacks[0].findall("{*}Outputs/{*}member")
    return {output.findtext("{*}OutputKey", ""): output.findtext("{*}OutputValue", "") for output in outputs}
