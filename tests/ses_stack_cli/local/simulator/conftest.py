"""A simulator over real HTTP, driven by boto3, with a clock that stands still and a local cloud in memory."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx
import pytest
import uvicorn
from botocore.config import Config
from starlette.types import ASGIApp, Receive, Scope, Send

from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.app import create_app
from ses_stack_cli.local.simulator.cloud import Answer, ConfigurationSet, Destination, Entry, Request
from ses_stack_cli.local.simulator.errors import CloudError
from ses_stack_cli.local.simulator.settings import Settings
from ses_stack_cli.local.simulator.simulator import Simulator

DEFAULT_BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
NAME = "ses-stack-marketing"
LONG_AFTER = 7 * 24 * 3600.0


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def configuration_set(name: str = NAME, **changes: Any) -> ConfigurationSet:
    wanted = Destination(name="bus", enabled=True, types=frozenset(EventType), bus_arn=DEFAULT_BUS)
    return ConfigurationSet(**{"name": name, "destinations": [wanted], **changes})


@dataclass
class FakeCloud:
    sets: dict[str, ConfigurationSet] = field(default_factory=lambda: {NAME: configuration_set()})
    entries: list[Entry] = field(default_factory=list)
    calls: int = 0
    broken: int = 0
    refusing: int = 0
    forwarded: list[tuple[str, str]] = field(default_factory=list)
    denying: bool = False
    allowed: set[tuple[str, str]] = field(default_factory=set)
    asked: int = 0

    async def configuration_set(self, name: str) -> ConfigurationSet | None:
        return self.sets.get(name)

    async def put_events(self, entries: Sequence[Entry]) -> Sequence[bool]:
        self.calls += 1
        assert 1 <= len(entries) <= 10
        if self.broken:
            self.broken -= 1
            raise CloudError("the local cloud does not answer")
        refused = min(self.refusing, len(entries))
        self.refusing -= refused
        self.entries += entries[refused:]
        return [False] * refused + [True] * (len(entries) - refused)

    async def forward(self, method: str, path: str, _query: str, _body: bytes) -> Answer:
        self.forwarded.append((method, path))
        name = path.split("/")[4]
        if name in self.sets:
            return Answer(200, json.dumps({"ConfigurationSetName": name}).encode())
        return Answer(404, b'{"message": "does not exist"}', "NotFoundException")

    async def ask(self, _request: Request) -> Answer:
        self.asked += 1
        if self.denying:
            text = "User: arn:aws:sts::000000000000:assumed-role/Sender/function is not authorized"
            return Answer(403, json.dumps({"__type": "AccessDeniedException", "message": text}).encode())
        return Answer(200, b"{}")

    async def role_allows(self, _role_arn: str, action: str, resource: str) -> bool:
        return (action, resource) in self.allowed


@dataclass
class World:
    """Everything that a test touches."""

    clock: Clock
    cloud: FakeCloud
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
        """Lets everything happen; the records published so far."""
        self.clock.now += LONG_AFTER
        self.publish()
        return [json.loads(entry["Detail"]) for entry in self.cloud.entries]

    def kinds(self) -> list[str]:
        """Lets everything happen; the types of the records published so far."""
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


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[Server, str]]:
    server = Server()
    yield server, server.start()
    server.stop()


@pytest.fixture
def settings() -> Settings:
    """Overridden where a test needs others."""
    return Settings(max_send_rate=0, seed=1)


@pytest.fixture(scope="session")
def ses(server: tuple[Server, str]) -> Iterator[Any]:
    client = boto3.client(
        "sesv2",
        region_name="us-east-1",
        endpoint_url=server[1],
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


@pytest.fixture(scope="session")
def local(server: tuple[Server, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server[1]}/_simulator", trust_env=False) as client:
        yield client


@pytest.fixture
def world(server: tuple[Server, str], ses: Any, local: httpx.Client, settings: Settings) -> World:
    clock, cloud = Clock(), FakeCloud()
    simulator = Simulator(settings, cloud, clock)
    server[0].app = create_app(simulator, publishing=False)
    return World(clock, cloud, simulator, ses, local)
