"""The SES simulator for tests: over real HTTP, driven by boto3, with a clock that stands still and a fake emulator."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ses_stack.history.adapters.events import parse
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.emulator.protocol import (
    ConfigurationSet,
    Destination,
    EmulatorAnswer,
    Entry,
    SignedRequest,
)
from ses_stack_cli.local.simulator.errors import EmulatorError
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER
from ses_stack_cli.local.simulator.mail.acceptance import MessageAcceptance
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage, Message
from ses_stack_cli.local.simulator.settings import Settings
from ses_stack_cli.local.simulator.simulator import Simulator

DEFAULT_BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
NAME = "ses-stack-marketing"
LONG_AFTER = 7 * 24 * 3600.0
LINK_HTML = "<a href='https://example.com/sale?a=1&amp;b=2' ses:tags='campaign:spring;x:y'>Sale</a>"
LINKED = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Html": {"Data": LINK_HTML}}}}
INCOMPLETE = {"Template": {"TemplateContent": {"Subject": "Hi {{name}}", "Text": "x"}, "TemplateData": "{}"}}
REJECTED = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": f"..{REJECT_MARKER}.."}}}}


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def configuration_set(name: str = NAME, **changes: Any) -> ConfigurationSet:
    wanted = Destination(name="bus", enabled=True, types=frozenset(EventType), bus_arn=DEFAULT_BUS)
    return ConfigurationSet(**{"name": name, "destinations": [wanted], **changes})


@dataclass
class FakeEmulator:
    sets: dict[str, ConfigurationSet] = field(default_factory=lambda: {NAME: configuration_set()})
    entries: list[Entry] = field(default_factory=list)
    calls: int = 0
    broken: int = 0
    refusing: int = 0
    forwarded: list[tuple[str, str]] = field(default_factory=list)
    denying: bool = False
    allowed: set[tuple[str, str]] = field(default_factory=set)
    signed_requests: int = 0

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        return self.sets.get(name)

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        self.calls += 1
        assert 1 <= len(entries) <= 10
        if self.broken:
            self.broken -= 1
            raise EmulatorError("the local cloud does not answer")
        refused = min(self.refusing, len(entries))
        self.refusing -= refused
        self.entries += entries[refused:]
        return [False] * refused + [True] * (len(entries) - refused)

    async def forward(self, method: str, path: str, _query: str, _body: bytes) -> EmulatorAnswer:
        self.forwarded.append((method, path))
        name = path.split("/")[4]
        if name in self.sets:
            return EmulatorAnswer(200, json.dumps({"ConfigurationSetName": name}).encode())
        return EmulatorAnswer(404, b'{"message": "does not exist"}', "NotFoundException")

    async def send_as_signed(self, _request: SignedRequest) -> EmulatorAnswer:
        self.signed_requests += 1
        if self.denying:
            text = "User: arn:aws:sts::000000000000:assumed-role/Sender/function is not authorized"
            return EmulatorAnswer(403, json.dumps({"__type": "AccessDeniedException", "message": text}).encode())
        return EmulatorAnswer(200, b"{}")

    async def role_allows(self, _role_arn: str, action: str, resource: str) -> bool:
        return (action, resource) in self.allowed


@dataclass
class World:
    """A simulator with its clock, its emulator, and clients of both of its APIs."""

    clock: Clock
    emulator: FakeEmulator
    simulator: Simulator
    ses: Any
    http: httpx.Client

    def send(self, *to: str, **changes: Any) -> str:
        """Sends a message; returns its id."""
        content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Html": {"Data": "<p>Hi</p>"}}}}
        request = {
            "FromEmailAddress": "Shop <news@example.com>",
            "Destination": {"ToAddresses": list(to)},
            "Content": content,
            "ConfigurationSetName": NAME,
            **changes,
        }
        message_id: str = self.ses.send_email(**{name: value for name, value in request.items() if value is not None})[
            "MessageId"
        ]
        return message_id

    def publish(self) -> None:
        """Publishes what is due now."""
        asyncio.run(self.simulator.publisher.publish_due())

    def settle(self) -> list[dict[str, Any]]:
        """Makes every event due and publishes it; the records published so far."""
        self.clock.now += LONG_AFTER
        self.publish()
        return [json.loads(entry["Detail"]) for entry in self.emulator.entries]

    def kinds(self) -> list[str]:
        """Makes every event due and publishes it; the types of the records published so far."""
        return [record["eventType"] for record in self.settle()]


class Server:
    """One web server for all tests; each puts its own application in."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        config = uvicorn.Config(
            self._serve, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none", interface="asgi3"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app
        await self.app(scope, receive, send)

    def start(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


def accepted_message(*to: str, at: float = 1_790_000_000.0, **fields: Any) -> AcceptedMessage:
    """A message under NAME, as SES has accepted it."""
    plain = {"source": "Shop <news@example.com>", "subject": "Hello", "configuration_set": NAME}
    message = Message(to=to, **plain | fields)
    return MessageAcceptance(Settings()).accept(message, at=at, caller="AKIDEXAMPLE")


def assert_history_matches(world: World) -> None:
    """The stack reads every record, and the ledger counts as the stack does."""
    rows: dict[str, int] = {}
    for entry in world.emulator.entries:
        for event in parse(json.dumps(envelope(entry)), stack="ses-stack").events:
            assert event.type is not EventType.UNKNOWN
            assert event.stream == "marketing"
            rows[event.type] = rows.get(event.type, 0) + 1
    counted = world.http.get("/ledger").json()["rows"]
    assert rows == {kind: count for kind, count in counted.items() if count}


def envelope(entry: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "resources": entry["Resources"],
        "detail": json.loads(entry["Detail"]),
    }
