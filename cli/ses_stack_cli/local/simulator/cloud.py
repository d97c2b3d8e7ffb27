"""The local cloud as the simulator sees it: where the deployed configuration sets are, and EventBridge.

One HTTP client, no threads; requests are signed as boto3 signs them.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.errors import CloudError

type Entry = Mapping[str, Any]

_KEPT_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One event destination of a configuration set. `bus_arn` None: it is not EventBridge."""

    name: str
    enabled: bool
    types: frozenset[EventType]
    bus_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSet:
    """A configuration set as deployed. `suppressed_reasons` None: the account's apply."""

    name: str
    sending_enabled: bool = True
    suppressed_reasons: frozenset[str] | None = None
    destinations: Sequence[Destination] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The local cloud's answer, passed on as it is."""

    status: int
    body: bytes
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as its caller signed it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Cloud(Protocol):
    """What the simulator needs of a local cloud. Every method raises `CloudError` if it does not answer."""

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        """The configuration set with that name, a few seconds old at most."""

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        """Publishes up to ten entries; says of each whether it was taken."""

    async def forward(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Carries a SESv2 request out with the simulator's own rights."""

    async def ask(self, request: Request) -> Answer:
        """Passes a request on as its caller signed it."""

    async def role_allows(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role's policies allow an action on a resource."""


class HttpCloud:
    """A local cloud behind an endpoint."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        ca_bundle: str | None = None,
    ):
        self._endpoint = endpoint.rstrip("/")
        self._region = region
        self._clock = clock
        self._client = httpx.AsyncClient(
            timeout=20, transport=transport, trust_env=False, verify=ssl.create_default_context(cafile=ca_bundle)
        )
        self._known: dict[str, tuple[float, ConfigurationSet | None]] = {}
        self._reading = asyncio.Lock()

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        """The configuration set with that name, a few seconds old at most."""
        async with self._reading:  # one reader: those that wait find what it read
            known = self._known.get(name)
            if known and self._clock() - known[0] < _KEPT_SECONDS:
                return known[1]
            found = await self._read(name)
            self._known[name] = (self._clock(), found)
            return found

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        """Publishes up to ten entries; says of each whether it was taken.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
        """
        answer = await self._call(
            "POST",
            "/",
            service="events",
            body=json.dumps({"Entries": list(entries)}).encode(),
            headers={"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"},
        )
        if answer.status_code != 200:
            raise CloudError(f"PutEvents answered {answer.status_code}: {answer.text[:200]}")
        try:
            taken = ["EventId" in entry for entry in answer.json()["Entries"]]
        except (ValueError, KeyError, TypeError):
            taken = []
        if len(taken) != len(entries):
            raise CloudError(f"PutEvents answered something else: {answer.text[:200]}")
        return taken

    async def forward(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Carries a SESv2 request out with the simulator's own rights."""
        self._known.clear()
        answer = await self._call(method, path + (f"?{query}" if query else ""), body=body)
        return Answer(answer.status_code, answer.content, answer.headers.get("x-amzn-errortype"))

    async def ask(self, request: Request) -> Answer:
        """Passes a request on as its caller signed it: the signature covers the host that the caller named."""
        target = request.path + (f"?{request.query}" if request.query else "")
        sent = {name: value for name, value in request.headers.items() if name not in ("connection", "content-length")}
        answer = await self._send(request.method, self._endpoint + target, request.body, sent)
        return Answer(answer.status_code, answer.content)

    async def role_allows(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role's policies allow an action on a resource.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
        """
        asked = {
            "Action": "SimulatePrincipalPolicy",
            "Version": "2010-05-08",
            "PolicySourceArn": role_arn,
            "ActionNames.member.1": action,
            "ResourceArns.member.1": resource,
        }
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._call("POST", "/", service="iam", body=urlencode(asked).encode(), headers=form)
        return answer.status_code == 200 and "<EvalDecision>allowed</EvalDecision>" in answer.text

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _read(self, name: str) -> ConfigurationSet | None:
        path = f"/v2/email/configuration-sets/{name}"
        found, destinations = await self._get(path), await self._get(f"{path}/event-destinations")
        if found is None or destinations is None:
            return None
        return parsed(name, found, destinations)

    async def _get(self, path: str) -> dict[str, Any] | None:
        answer = await self._call("GET", path)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise CloudError(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        content: dict[str, Any] = answer.json()
        return content

    async def _call(
        self,
        method: str,
        path: str,
        *,
        service: str = "ses",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        url = self._endpoint + path
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers or {}))
        SigV4Auth(Credentials("test", "test"), service, self._region).add_auth(request)
        return await self._send(method, url, body, dict(request.headers.items()))

    async def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            return await self._client.request(method, url, content=body, headers=dict(headers))
        except httpx.HTTPError as error:
            raise CloudError(f"the local cloud does not answer: {error or type(error).__name__}") from error


def parsed(name: str, found: Mapping[str, Any], destinations: Mapping[str, Any]) -> ConfigurationSet:
    """A configuration set from the answers of GetConfigurationSet and GetConfigurationSetEventDestinations."""
    reasons = (found.get("SuppressionOptions") or {}).get("SuppressedReasons")
    return ConfigurationSet(
        name=name,
        sending_enabled=(found.get("SendingOptions") or {}).get("SendingEnabled", True),
        suppressed_reasons=None if reasons is None else frozenset(reasons),
        destinations=[_destination(each) for each in destinations.get("EventDestinations") or ()],
    )


def _destination(found: Mapping[str, Any]) -> Destination:
    return Destination(
        name=found.get("Name", ""),
        enabled=bool(found.get("Enabled")),
        types=frozenset(EventType.from_name(kind) for kind in found.get("MatchingEventTypes") or ()),
        bus_arn=(found.get("EventBridgeDestination") or {}).get("EventBusArn"),
    )


class Clock(Protocol):
    """Seconds since 1970."""

    def __call__(self) -> float:
        """Now."""
