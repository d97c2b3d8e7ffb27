"""The simulator's fixtures: one web server for all tests, a simulator of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from ses_stack_cli.local.simulator.app import create_app
from ses_stack_cli.local.simulator.settings import Settings
from ses_stack_cli.local.simulator.simulator import Simulator
from tests.support.simulator import Clock, FakeEmulator, Server, World


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
    clock, emulator = Clock(), FakeEmulator()
    simulator = Simulator(settings, emulator, clock)
    server[0].app = create_app(simulator, publishing=False)
    return World(clock, emulator, simulator, ses, local)
