"""The folders that cold starts are measured with: nothing of this environment leaks in, and nothing is left out."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from benchmarks import _built_layer
from benchmarks._built_layer import LambdaFolders

UNCHECKED_HASH = (1).to_bytes(4, "little")  # https://peps.python.org/pep-0552/


@pytest.fixture
def folders(tmp_path: Path) -> LambdaFolders:
    """The folders, with the runtime alone."""
    runtime = _built_layer.copy_of("awslambdaric", tmp_path / "runtime")
    return LambdaFolders(tmp_path / "layer", runtime, tmp_path / "sdk")


def test_a_package_comes_with_all_that_it_requires_compiled(folders: LambdaFolders) -> None:
    sources = [path for path in folders.runtime.rglob("*.py") if "__pycache__" not in path.parts]

    assert {"awslambdaric", "simplejson", "snapshot_restore_py.py"} <= {path.name for path in folders.runtime.iterdir()}
    assert sources
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source))).read_bytes()
        assert compiled[4:8] == UNCHECKED_HASH, source


@pytest.mark.parametrize("has_layer", [True, False])
def test_a_function_finds_the_runtime_and_none_of_this_environment_s_packages(
    folders: LambdaFolders, has_layer: bool
) -> None:
    code = "import awslambdaric, importlib.util; print(awslambdaric.__file__, importlib.util.find_spec('typer'))"
    command = [_built_layer.interpreter(), "-c", code]

    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=folders.environment(has_layer=has_layer)
    )

    assert done.stdout.split() == [str(folders.runtime / "awslambdaric" / "__init__.py"), "None"]


def test_a_function_has_either_the_layer_or_the_sdk(folders: LambdaFolders) -> None:
    paths = {has: folders.environment(has_layer=has)["PYTHONPATH"].split(":") for has in (True, False)}

    assert paths == {
        True: [str(folders.layer), str(folders.runtime)],
        False: [str(folders.sdk), str(folders.runtime)],
    }


def test_a_start_writes_no_bytecode(folders: LambdaFolders) -> None:
    """Lambda mounts the folders read-only."""
    folders.layer.mkdir()
    (folders.layer / "extra.py").write_text("")

    subprocess.run(
        [_built_layer.interpreter(), "-c", "import extra"], check=True, env=folders.environment(has_layer=True)
    )

    assert [path.name for path in folders.layer.iterdir()] == ["extra.py"]
