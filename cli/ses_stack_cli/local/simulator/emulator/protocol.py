"""The calls that the simulator makes to the AWS emulator, and the values that they carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ses_stack.mail.event_types import EventType

# An entry of PutEvents.
type Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One event destination of a configuration set. `bus_arn` is None if it is not EventBridge."""

    name: str
    enabled: bool
    types: frozenset[EventType]
    bus_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSet:
    """A configuration set as deployed. `suppressed_reasons` is None if those of the account apply."""

    name: str
    sending_enabled: bool = True
    suppressed_reasons: frozenset[str] | None = None
    destinations: Sequence[Destination] = ()


@dataclass(frozen=True, slots=True)
class EmulatorAnswer:
    """The emulator's answer, passed on unchanged. `error` is its `x-amzn-ErrorType`."""

    status: int
    body: bytes
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as its caller signed it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Emulator(Protocol):
    """An AWS emulator. Every method raises `EmulatorError` if it does not answer."""

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        """The configuration set with that name, a few seconds old at most."""

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        """Publishes up to ten entries; for each, whether EventBridge accepted it."""

    async def forward(self, method: str, path: str, query: str, body: bytes) -> EmulatorAnswer:
        """Carries a SESv2 request out with the simulator's own rights."""

    async def send_as_signed(self, request: SignedRequest) -> EmulatorAnswer:
        """Passes a request on with its caller's signature."""

    async def role_allows(self, role_arn: str, action: str, resource: str) -> bool:
        """Whether a role's policies allow an action on a resource."""
