"""The layer as `sam build` makes it for the deployed stack."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from ses_stack_cli.local import state
from tests.e2e.stack import Stack

pytestmark = pytest.mark.e2e

# The second word of a .pyc file: made from a hash of its source (1), which is not checked (2 is not set).
# https://peps.python.org/pep-0552/
UNCHECKED_HASH = (1).to_bytes(4, "little")


@pytest.fixture
def layer(stack: Stack) -> Path:
    return state.directory() / "build" / "SharedLayer" / "python"


def test_every_module_of_the_layer_is_compiled_and_stays_valid(layer: Path) -> None:
    """Lambda mounts a layer read-only: a module without valid bytecode is compiled at each cold start."""
    sources = [path for path in layer.rglob("*.py") if "__pycache__" not in path.parts]
    assert len(sources) > 100
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source))).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER, source
        assert compiled[4:8] == UNCHECKED_HASH, source


def test_compiled_code_is_there_for_both_processors(layer: Path) -> None:
    found = {path.name.rpartition(".cpython-313-")[2] for path in layer.rglob("_pydantic_core*.so")}
    assert found == {"aarch64-linux-gnu.so", "x86_64-linux-gnu.so"}
