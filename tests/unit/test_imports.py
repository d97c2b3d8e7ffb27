"""What loads when: import cost is counted in modules, for a clock measures the machine."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
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


# Which parts of the layer a part may import from.
MAY_IMPORT = {
    "domain": {"domain", "errors"},
    "services": {"services", "domain", "errors"},
    "adapters": {"adapters", "domain", "errors"},
}


def imported_parts(path: Path) -> Iterator[str]:
    """The parts of the layer that a module of one of its folders imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield path.parent.name
        elif isinstance(node, ast.ImportFrom) and node.level == 2:
            yield from [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ses_stack."):
            yield (node.module or "").split(".")[1]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    for path in (Path(ses_stack.domain.__path__[0]).parent / part).glob("*.py"):
        assert set(imported_parts(path)) <= MAY_IMPORT[part], path.name


@pytest.mark.parametrize("module", DOMAIN)
def test_domain_needs_the_standard_library_only(module: str) -> None:
    assert not loaded(f"import ses_stack.domain.{module}") & THIRD_PARTY


def test_the_normalizer_starts_without_the_sdk() -> None:
    modules = loaded("import functions.normalizer.app", ENVIRONMENT)

    assert "pydantic" in modules
    # Powertools looks for botocore, which is little; its clients are what costs.
    assert not modules & {"boto3", "botocore.session", "urllib3", "http.client", "asyncio", "concurrent.futures.thread"}
