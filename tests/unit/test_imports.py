"""What loads when: import cost is counted in modules, for a clock measures the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ses_stack.domain

THIRD_PARTY = {"boto3", "botocore", "pydantic", "pydantic_core", "aws_lambda_powertools", "email.parser", "urllib3"}
DOMAIN = sorted(path.stem for path in Path(ses_stack.domain.__path__[0]).glob("*.py") if path.stem != "__init__")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "eu-west-1",
    "STACK_NAME": "ses-stack",
    "EVENT_TABLE": "events",
    "RETENTION_DAYS": "90",
}


def loaded(statement: str, environment: dict[str, str] | None = None) -> set[str]:
    """The modules in a new interpreter after a statement."""
    code = f"{statement}; import sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", DOMAIN)
def test_domain_needs_the_standard_library_only(module: str) -> None:
    assert not loaded(f"import ses_stack.domain.{module}") & THIRD_PARTY


def test_the_normalizer_starts_without_the_sdk() -> None:
    modules = loaded("import functions.normalizer.app", ENVIRONMENT)

    assert "pydantic" in modules
    # Powertools looks for botocore, which is little; its clients are what costs.
    assert not modules & {"boto3", "botocore.session", "urllib3", "http.client", "asyncio", "concurrent.futures.thread"}
