"""A local cloud of the tests' own: the real template, deployed by the real SAM CLI, with IAM enforced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ses_stack_cli.local import cloud, state
from ses_stack_cli.local.servers import UpOptions
from tests.e2e.stack import GUARD_OFF, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The deployed stack, shared by all tests: each sends messages of its own."""
    before = os.environ.get(state.DIRECTORY_VARIABLE)
    os.environ[state.DIRECTORY_VARIABLE] = str(tmp_path_factory.mktemp("local-cloud"))
    try:
        # SES publishes a soft bounce after minutes, and a complaint after half an hour.
        options = UpOptions(simulator_arguments=("--latency-scale=0.005",))
        deployed = Stack(cloud.up(options, on_step=print))
        with deployed.environment("GuardFunctionName", **GUARD_OFF):
            yield deployed
    finally:
        cloud.down()
        if before is None:
            del os.environ[state.DIRECTORY_VARIABLE]
        else:
            os.environ[state.DIRECTORY_VARIABLE] = before


@pytest.fixture(scope="session")
def samples() -> Path:
    """The project's own events, one file per type."""
    return state.project() / "events"
