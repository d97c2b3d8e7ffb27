"""Calls to SES's API version 2, signed and sent without the SDK.

boto3 would take half of the sender's cold start, and most of its processor time for a message (docs/decisions.md has
the figures). The tests compare each call with the one that botocore makes from its model of SES.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from ses_stack.aws.connections import ConnectionPool, Unanswered, Waits
from ses_stack.aws.http_socket import HttpAnswer, HttpRequest
from ses_stack.aws.idle import CLOCKS
from ses_stack.aws.json_api import Answer
from ses_stack.aws.signing import Credentials, signed_headers

_SIGNING_NAME = "ses"
_USER_AGENT = f"ses-stack lang/python#{'.'.join(map(str, sys.version_info[:3]))}"
# Method and path of each operation. What the path does not name goes into the body, or into the query of a GET.
_OPERATIONS = {
    "SendEmail": ("POST", "/v2/email/outbound-emails"),
    "SendBulkEmail": ("POST", "/v2/email/outbound-bulk-emails"),
    "GetAccount": ("GET", "/v2/email/account"),
    "GetConfigurationSet": ("GET", "/v2/email/configuration-sets/{ConfigurationSetName}"),
    "PutConfigurationSetSendingOptions": ("PUT", "/v2/email/configuration-sets/{ConfigurationSetName}/sending"),
    "GetTenant": ("POST", "/v2/email/tenants/get"),
    "PutSuppressedDestination": ("PUT", "/v2/email/suppression/addresses"),
    "DeleteSuppressedDestination": ("DELETE", "/v2/email/suppression/addresses/{EmailAddress}"),
    "ListSuppressedDestinations": ("GET", "/v2/email/suppression/addresses"),
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class SesCalls(Protocol):
    """SES as the adapters call it. `SesService` is the real one."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Answer | Unanswered:
        """Calls SES once, with the parameters of its API. Bytes stand for binary values."""


class SesService:
    """SES, called over connections that stay open between invocations. Safe for threads."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        credentials: Callable[[], Credentials],
        waits: Waits,
        trusted: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clocks: Sequence[Callable[[], float]] = CLOCKS,
    ) -> None:
        """`credentials`, `trusted` and `clocks` are those of `json_api.Service`."""
        url = urlsplit(endpoint)
        self._host, self._path = url.netloc, url.path.rstrip("/")
        self._region = region
        self._credentials = credentials
        self._now = now
        self._seconds = waits.connect + waits.answer
        self._connections = ConnectionPool(endpoint, trusted=trusted, waits=waits, clocks=clocks)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Answer | Unanswered:
        """Calls SES exactly once: SendEmail has no idempotency token, so no call is repeated here.

        An answer that is no JSON object has an empty document, and the HTTP status as its error.
        """
        request = self._request(operation, parameters)
        until = time.monotonic() + self._seconds
        connection = self._connections.take()
        connection.send(request, until)
        answer = connection.receive(until)
        self._connections.put_back(connection)
        return answer if isinstance(answer, Unanswered) else _answer(answer)

    def close(self) -> None:
        """Closes the idle connections. A function need not call this: its sandbox closes them."""
        self._connections.close()

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> HttpRequest:
        method, target, body = _parts(operation, parameters)
        target = self._path + target
        headers = {"host": self._host} | ({"content-type": "application/json"} if body else {})
        signed = signed_headers(
            self._credentials(),
            service=_SIGNING_NAME,
            region=self._region,
            now=self._now(),
            headers=headers,
            body=body,
            method=method,
            target=target,
        )
        unsigned = {"user-agent": _USER_AGENT, "content-length": str(len(body))}
        return HttpRequest(method, target, signed | unsigned, body)


def _parts(operation: str, parameters: Mapping[str, Any]) -> tuple[str, str, bytes]:
    """Method, path with query, and body of a call."""
    method, template = _OPERATIONS[operation]
    rest = dict(parameters)
    path = "/".join(_filled(part, rest) for part in template.split("/"))
    if method == "GET":
        query = urlencode(sorted(rest.items()), quote_via=quote, safe="")
        return method, f"{path}?{query}" if query else path, b""
    return method, path, json.dumps(rest, default=_base64).encode() if rest else b""


def _filled(part: str, parameters: dict[str, Any]) -> str:
    """A part of a path: itself, or the parameter that it names, which is taken out of the parameters."""
    return quote(parameters.pop(part[1:-1]), safe="") if part.startswith("{") else part


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _answer(answer: HttpAnswer) -> Answer:
    """SES's answer; an error has its code as `__type` and its text as `message`, wherever SES put them."""
    text = answer.body.decode(errors="replace")
    try:
        document = json.loads(text or "{}")
    except ValueError:
        document = {"message": text}
    if not isinstance(document, dict):
        document = {}
    if answer.status < 300:
        return Answer(answer.status, document)
    if answer.status >= 500 and (not text.strip() or text.lstrip().startswith("<html>")):
        return Answer(answer.status, {"__type": str(answer.status), "message": _PHRASES.get(answer.status, "")})
    code = answer.headers.get("x-amzn-errortype") or document.get("code") or document.get("Code")
    code = str(code or document.get("__type") or "").partition(":")[0].rpartition("#")[2] or str(answer.status)
    return Answer(answer.status, {"__type": code, "message": document.get("message", document.get("Message", ""))})
