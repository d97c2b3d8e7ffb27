"""The layout of the layer and the command line: which way imports point, and what loads when.

Import cost is counted in modules, because a clock measures the machine.
"""

from __future__ import annotations

import subprocess
import sys

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


def test_the_normalizer_starts_without_the_sdk() -> None:
    modules = loaded("import functions.normalizer.app", ENVIRONMENT)

    assert "pydantic" in modules
    # Powertools looks for botocore, which is little; its clients are what costs. http.client takes 1.5% of the imports'
    # time; the calls to DynamoDB go through it (docs/decisions.md).
    assert not modules & {"boto3", "botocore.session", "urllib3", "asyncio", "concurrent.futures.thread"}
