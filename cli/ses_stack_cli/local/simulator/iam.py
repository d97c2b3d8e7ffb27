"""May this caller do that? The local cloud knows: it holds the roles, and enforces IAM.

The very request is put to the local cloud, with its caller's signature; any answer but a denial means yes. The emulator
judges SES by the resource `*` alone, so what it denies is judged again, by SimulatePrincipalPolicy and the resources
that AWS names for the action: to send, the sender's identity and the configuration set.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ses_stack.mail.addresses import bare
from ses_stack_cli.local.simulator.cloud import Clock, Cloud, Request
from ses_stack_cli.local.simulator.errors import ApiError, CloudError, internal
from ses_stack_cli.local.simulator.message import domain_of
from ses_stack_cli.local.simulator.settings import Settings

_REMEMBERED_SECONDS = 10.0
_SENDING = frozenset({"SendEmail", "SendBulkEmail"})
_ROLE = re.compile(r"assumed-role/([^/\s]+)/")
_NAMED = re.compile(r"/v2/email/(configuration-sets|templates|contact-lists)/([^/?]+)")

# Of each group of resources, one must be allowed.
type Resources = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by access key, and for what."""

    access_key: str
    operation: str


class Gate:
    """Lets callers through whose roles allow it, and remembers for a few seconds that they do."""

    def __init__(self, cloud: Cloud, settings: Settings, clock: Clock) -> None:
        self._cloud = cloud
        self._clock = clock
        self._arn = f"arn:aws:ses:{settings.region}:{settings.account_id}"
        self._roles = f"arn:aws:iam::{settings.account_id}:role"
        self._until: dict[tuple[Caller, str], float] = {}

    async def check(self, caller: Caller, request: Request) -> None:
        """Returns if the caller may. Raises an AccessDeniedException if not."""
        resources = self._sent(request.body) if caller.operation in _SENDING else self._named(request.path)
        known = (caller, repr(resources))
        if self._until.get(known, 0) > self._clock():
            return
        try:
            answer = await self._cloud.ask(request)
            if answer.status == 403:
                await self._judge(caller.operation, answer.body.decode(errors="replace"), resources)
        except CloudError as error:
            raise internal(str(error)) from error
        self._until[known] = self._clock() + _REMEMBERED_SECONDS

    def _sent(self, body: bytes) -> Resources:
        """What a sending request uses."""
        try:
            asked = json.loads(body)
            sender = bare(str(asked.get("FromEmailAddress") or ""))
            name = asked.get("ConfigurationSetName")
        except (ValueError, AttributeError):
            return []
        identities = [f"{self._arn}:identity/{domain_of(sender)}", f"{self._arn}:identity/{sender}"]
        return [identities, [f"{self._arn}:configuration-set/{name}"]] if name else [identities]

    def _named(self, path: str) -> Resources:
        """What the path names, where that is a resource to IAM."""
        found = _NAMED.match(path)
        return [[f"{self._arn}:{found[1].removesuffix('s')}/{unquote(found[2])}"]] if found else []

    async def _judge(self, operation: str, denial: str, resources: Resources) -> None:
        role = _ROLE.search(denial)
        if not role or not resources:
            raise _denied(_message(denial))
        for group in resources:
            allowed = [await self._cloud.role_allows(f"{self._roles}/{role[1]}", f"ses:{operation}", r) for r in group]
            if not any(allowed):
                raise _denied(f"Role {role[1]} is not authorized to perform: ses:{operation} on resource: {group[0]}")


def _message(denial: str) -> str:
    try:
        found: Mapping[str, Any] = json.loads(denial)
        return str(found["message"])
    except (ValueError, KeyError, TypeError):
        return denial[:300]


def _denied(message: str) -> ApiError:
    return ApiError("AccessDeniedException", message, 403)
