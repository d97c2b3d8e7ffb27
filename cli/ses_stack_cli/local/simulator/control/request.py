"""The request that every control route takes, and the checks that routes share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.errors import bad_request, not_found
from ses_stack_cli.local.simulator.json_bodies import read_object
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage
from ses_stack_cli.local.simulator.simulator import Simulator

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """One request. `path_names`: the variables of its path."""

    simulator: Simulator
    method: str
    query: Mapping[str, str]
    body: bytes
    path_names: Mapping[str, str]

    def json(self) -> Json:
        """The body as a JSON object."""
        return read_object(self.body)

    def number(self, name: str, default: int) -> int:
        """A whole number from the query."""
        text = self.query.get(name, str(default))
        if not text.isdigit():
            raise bad_request(f"{name} must be a number")
        return int(text)


type Handler = Callable[[ControlRequest], Awaitable[Json]]


def check_members(body: Json, known: Iterable[str]) -> None:
    """Raises a BadRequestException that names the members of the body that are not known."""
    known = list(known)
    if unknown := sorted(body.keys() - set(known)):
        raise bad_request(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")


def accepted_message(simulator: Simulator, message_id: str) -> AcceptedMessage:
    """A message among the latest. Raises a NotFoundException."""
    for accepted in simulator.mailbox:
        if accepted.message_id == message_id:
            return accepted
    raise not_found(f"no message {message_id!r} among the latest {simulator.settings.mailbox_size}")


def recipient_of(accepted: AcceptedMessage, wanted: object) -> str:
    """A recipient as spelled in the message; `wanted` may be None if the message has only one."""
    recipients = {address_key(address): address for address in accepted.message.destination}
    if wanted is None and len(recipients) == 1:
        return next(iter(recipients.values()))
    if address_key(str(wanted)) not in recipients:
        raise bad_request(f"recipient must be one of the message's {len(recipients)}")
    return recipients[address_key(str(wanted))]
