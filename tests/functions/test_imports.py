"""What each function loads before its first event: counted in modules, because a clock measures the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.ses_stack.test_config import NORMALIZER, PROJECTOR, SENDER, SUPPRESSION_WRITER

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "eu-west-1"}
SDK = {"boto3", "botocore.session", "urllib3"}
THREADS = {"asyncio", "concurrent.futures"}


def loaded(function: str, environment: dict[str, str]) -> set[str]:
    """The modules in a new interpreter that has imported a function."""
    code = f"import functions.{function}.app, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=CREDENTIALS | environment
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("function", "environment", "avoided"),
    [
        ("normalizer", NORMALIZER, SDK | THREADS),
        ("projector", PROJECTOR, SDK | THREADS | {"pydantic"}),
        ("suppression_writer", SUPPRESSION_WRITER, SDK | THREADS),
    ],
)
def test_a_function_loads_only_what_it_needs(function: str, environment: dict[str, str], avoided: set[str]) -> None:
    assert not loaded(function, environment) & avoided


def test_the_sender_loads_the_sdk_before_its_first_message() -> None:
    modules = loaded("sender", SENDER | {"AWS_DEFAULT_REGION": "eu-west-1"})

    assert {"boto3", "asyncio"} <= modules
    assert not modules & {"pydantic", "ses_stack.history.adapters.events"}
