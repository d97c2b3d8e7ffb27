"""Calls to SES as they are sent: by `SesService`, and by botocore from its model of SES."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from ses_stack.aws.connections import Waits
from ses_stack.aws.ses_api import SesService
from ses_stack.aws.signing import Credentials
from tests.support.scripted_server import ScriptedServer

CREDENTIALS = Credentials(key_id="AKIDEXAMPLE", secret="secret/key+1", token="session/token==")
NOW = datetime(2026, 11, 24, 6, 10, 7, tzinfo=UTC)
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, slots=True)
class WireCall:
    """What SES reads of a call, its signature apart. The query's parameters are sorted: their order means nothing."""

    method: str
    target: str
    content_type: str | None
    body: bytes


def service_at(url: str, **more: Any) -> SesService:
    """SES's API at an address."""
    given = {"credentials": lambda: CREDENTIALS, "now": lambda: NOW, "waits": Waits(connect=2, answer=5), **more}
    return SesService(endpoint=url, region="eu-west-1", **given)


def call_of_service(operation: str, parameters: Mapping[str, Any]) -> WireCall:
    """The call that `SesService` makes."""
    server = ScriptedServer([EMPTY])
    service = service_at(server.url)
    service.call(operation, parameters)
    service.close()
    server.close()
    return parsed(server.requests[0])


def call_of_botocore(operation: str, parameters: Mapping[str, Any]) -> WireCall:
    """The call that botocore makes. Raises `ParamValidationError` if its model does not allow the parameters."""
    made: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        made.append(request)
        return AWSResponse(request.url, 200, {}, _Raw(b"{}"))

    client = boto3.client("sesv2")
    client.meta.events.register(f"before-send.sesv2.{operation}", answer)
    client._make_api_call(operation, parameters)
    request = made[0]
    content_type = request.headers.get("Content-Type")
    body = request.body or b""
    path, mark, query = ("/" + request.url.split("/", 3)[3]).partition("?")
    return WireCall(
        request.method,
        path + mark + "&".join(sorted(query.split("&"))),
        content_type.decode() if isinstance(content_type, bytes) else content_type,
        body.encode() if isinstance(body, str) else body,
    )


def parsed(request: bytes) -> WireCall:
    """A request as a server read it."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    return WireCall(method, target, headers_of(lines).get("content-type"), body)


def headers_of(lines: list[str]) -> dict[str, str]:
    """The headers of a request, their names in lower case."""
    pairs = (line.partition(": ") for line in lines)
    return {name.lower(): value for name, _, value in pairs}


class _Raw:
    """The body of an answer, as urllib3 gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self._content]
