"""Whether the caller's role allows a call. The emulator decides: it holds the roles, and enforces IAM.

The simulator passes the request on to the emulator with the caller's signature; any answer but a denial means yes. The
emulator judges SES by the resource `*` alone. What it denies is therefore judged again, by SimulatePrincipalPolicy and
the resources that AWS names for the action: to send, the sender's identity and the configuration set.
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
from ses_stack_cli.local.simulator.clock import Clock
from ses_stack_cli.local.simulator.emulator.protocol import Emulator, SignedRequest
from ses_stack_cli.local.simulator.errors import ApiError, EmulatorError, internal
from ses_stack_cli.local.simulator.mail.message import domain_of
from ses_stack_cli.local.simulator.settings import Settings

_CACHE_SECONDS = 10.0
_SENDING = frozenset({"SendEmail", "SendBulkEmail"})
_ROLE = re.compile(r"assumed-role/([^/\s]+)/")
_RESOURCE_TYPES = {
    "configuration-sets": "configuration-set",
    "templates": "template",
    "contact-lists": "contact-list",
    "identities": "identity",
}
_RESOURCE_PATH = re.compile(rf"/v2/email/({'|'.join(_RESOURCE_TYPES)})/([^/?]+)")

# The ARNs that a call uses, in groups. The call is allowed if the role allows one ARN of every group.
type ResourceGroups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Caller:
    """The access key that signed a call, and the operation that it calls."""

    access_key: str
    operation: str


class PermissionCheck:
    """Checks callers' roles, and remembers for ten seconds that a call was allowed."""

    def __init__(self, emulator: Emulator, settings: Settings, clock: Clock) -> None:
        self._emulator = emulator
        self._clock = clock
        self._arn = f"arn:aws:ses:{settings.region}:{settings.account_id}"
        self._roles = f"arn:aws:iam::{settings.account_id}:role"
        self._allowed_until: dict[tuple[Caller, str], float] = {}

    async def check(self, caller: Caller, request: SignedRequest) -> None:
        """Returns if the caller's role allows the call. Raises an AccessDeniedException if not."""
        resources = self._resources(caller.operation, request)
        key = (caller, repr(resources))
        if self._allowed_until.get(key, 0) > self._clock():
            return
        try:
            answer = await self._emulator.send_as_signed(request)
            if answer.status == 403:
                await self._judge(caller.operation, answer.body.decode(errors="replace"), resources)
        except EmulatorError as error:
            raise internal(str(error)) from error
        self._allowed_until[key] = self._clock() + _CACHE_SECONDS

    def _resources(self, operation: str, request: SignedRequest) -> ResourceGroups:
        if operation == "GetTenant":
            return self._tenant(request.body)
        return self._sending(request.body) if operation in _SENDING else self._in_path(request.path)

    def _tenant(self, body: bytes) -> ResourceGroups:
        """The tenant that a request names. Its ARN ends with its id, which no policy names."""
        try:
            return [[f"{self._arn}:tenant/{json.loads(body)['TenantName']}/id"]]
        except (ValueError, KeyError, TypeError):
            return []

    def _sending(self, body: bytes) -> ResourceGroups:
        """The identity and the configuration set of a sending request."""
        try:
            request = json.loads(body)
            sender = bare(str(request.get("FromEmailAddress") or ""))
            name = request.get("ConfigurationSetName")
        except (ValueError, AttributeError):
            return []
        identities = [f"{self._arn}:identity/{domain_of(sender)}", f"{self._arn}:identity/{sender}"]
        return [identities, [f"{self._arn}:configuration-set/{name}"]] if name else [identities]

    def _in_path(self, path: str) -> ResourceGroups:
        """The resource in the path, if IAM has a resource type for it."""
        found = _RESOURCE_PATH.match(path)
        return [[f"{self._arn}:{_RESOURCE_TYPES[found[1]]}/{unquote(found[2])}"]] if found else []

    async def _judge(self, operation: str, denial: str, resources: ResourceGroups) -> None:
        role = _ROLE.search(denial)
        if not role or not resources:
            raise _access_denied(_message(denial))
        arn, action = f"{self._roles}/{role[1]}", f"ses:{operation}"
        for group in resources:
            allowed = [await self._emulator.role_allows(arn, action, resource) for resource in group]
            if not any(allowed):
                raise _access_denied(f"Role {role[1]} is not authorized to perform: {action} on resource: {group[0]}")


def _message(denial: str) -> str:
    try:
        document: Mapping[str, Any] = json.loads(denial)
        return str(document["message"])
    except (ValueError, KeyError, TypeError):
        return denial[:300]


def _access_denied(message: str) -> ApiError:
    return ApiError("AccessDeniedException", message, 403)
