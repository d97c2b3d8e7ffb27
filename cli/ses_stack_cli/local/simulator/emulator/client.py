"""The AWS emulator over HTTP.

One HTTP client, no threads; requests are signed as boto3 signs them.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.clock import Clock
from ses_stack_cli.local.simulator.emulator.protocol import (
    ConfigurationSet,
    Destination,
    EmulatorAnswer,
    Entry,
    SignedRequest,
)
from ses_stack_cli.local.simulator.errors import EmulatorError

_CACHE_SECONDS = 3.0
_TIMEOUT_SECONDS = 20
_HOP_BY_HOP = ("connection", "content-length")


class HttpEmulator:
    """An AWS emulator behind an endpoint. `ca_bundle` is the file with the certificate to trust there."""

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
        trusted = ssl.create_default_context(cafile=ca_bundle)
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False, verify=trusted)
        self._cache: dict[str, tuple[float, ConfigurationSet | None]] = {}
        self._reading = asyncio.Lock()

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        """The configuration set with that name, three seconds old at most."""
        async with self._reading:  # one reader at a time: the others find its result in the cache
            cached = self._cache.get(name)
            if cached and self._clock() - cached[0] < _CACHE_SECONDS:
                return cached[1]
            read = await self._read(name)
            self._cache[name] = (self._clock(), read)
            return read

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        """Publishes up to ten entries; for each, whether EventBridge accepted it.

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
            raise EmulatorError(f"PutEvents answered {answer.status_code}: {answer.text[:200]}")
        try:
            accepted = ["EventId" in entry for entry in answer.json()["Entries"]]
        except (ValueError, KeyError, TypeError):
            accepted = []
        if len(accepted) != len(entries):
            raise EmulatorError(f"PutEvents answered something else: {answer.text[:200]}")
        return accepted

    async def forward(self, method: str, path: str, query: str, body: bytes) -> EmulatorAnswer:
        """Carries a SESv2 request out with the simulator's own rights."""
        self._cache.clear()  # the request may change a configuration set
        answer = await self._call(method, path + (f"?{query}" if query else ""), body=body)
        return EmulatorAnswer(answer.status_code, answer.content, answer.headers.get("x-amzn-errortype"))

    async def send_as_signed(self, request: SignedRequest) -> EmulatorAnswer:
        """Passes a request on with its caller's signature, which covers the host that the caller named."""
        target = request.path + (f"?{request.query}" if request.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        answer = await self._send(request.method, self._endpoint + target, request.body, headers)
        return EmulatorAnswer(answer.status_code, answer.content)

    async def role_allows(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role's policies allow an action on a resource.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
        """
        parameters = {
            "Action": "SimulatePrincipalPolicy",
            "Version": "2010-05-08",
            "PolicySourceArn": role_arn,
            "ActionNames.member.1": action,
            "ResourceArns.member.1": resource,
        }
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._call("POST", "/", service="iam", body=urlencode(parameters).encode(), headers=form)
        return answer.status_code == 200 and "<EvalDecision>allowed</EvalDecision>" in answer.text

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _read(self, name: str) -> ConfigurationSet | None:
        path = f"/v2/email/configuration-sets/{name}"
        attributes, destinations = await self._get(path), await self._get(f"{path}/event-destinations")
        if attributes is None or destinations is None:
            return None
        return parse_configuration_set(name, attributes, destinations)

    async def _get(self, path: str) -> dict[str, Any] | None:
        answer = await self._call("GET", path)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise EmulatorError(f"{path} answered {answer.status_code}: {answer.text[:200]}")
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
            raise EmulatorError(f"the local cloud does not answer: {error or type(error).__name__}") from error


def parse_configuration_set(
    name: str, attributes: Mapping[str, Any], destinations: Mapping[str, Any]
) -> ConfigurationSet:
    """A configuration set from the answers of GetConfigurationSet and GetConfigurationSetEventDestinations."""
    reasons = (attributes.get("SuppressionOptions") or {}).get("SuppressedReasons")
    return ConfigurationSet(
        name=name,
        sending_enabled=(attributes.get("SendingOptions") or {}).get("SendingEnabled", True),
        suppressed_reasons=None if reasons is None else frozenset(reasons),
        destinations=[_destination(each) for each in destinations.get("EventDestinations") or ()],
    )


def _destination(attributes: Mapping[str, Any]) -> Destination:
    return Destination(
        name=attributes.get("Name", ""),
        enabled=bool(attributes.get("Enabled")),
        types=frozenset(EventType.from_name(kind) for kind in attributes.get("MatchingEventTypes") or ()),
        bus_arn=(attributes.get("EventBridgeDestination") or {}).get("EventBusArn"),
    )
