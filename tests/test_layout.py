"""The layout: which way imports point, that names are unique, that each module has its tests, and what loads when.

Import cost is counted in modules, because a clock measures the machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import ROOT

SOURCES = {"ses_stack": ROOT / "layers" / "shared", "ses_stack_cli": ROOT / "cli"}
LAYER = SOURCES["ses_stack"] / "ses_stack"
# What each part of the layer may import, itself and `errors` apart.
MAY_IMPORT: Mapping[str, set[str]] = {
    "errors": set(),
    "mail": set(),
    "aws": set(),
    "history": {"mail", "aws"},
    "suppression": {"mail", "aws"},
    "requests": {"mail", "aws"},
    "sending": {"mail", "aws", "history", "suppression", "requests"},
    "statistics": {"mail", "aws", "history"},
    "guard": {"mail", "aws", "history", "sending", "statistics"},
    "dead_letters": {"mail", "aws", "history", "suppression", "requests", "sending"},
}
# These stand on top, and nothing of the layer imports them; `config` serves `bootstrap` alone.
ON_TOP = {"bootstrap", "client", "config"}
CAPABILITIES = sorted(MAY_IMPORT.keys() - {"errors", "aws"})
THIRD_PARTY = {"boto3", "botocore", "pydantic", "pydantic_core", "aws_lambda_powertools", "urllib3"}


def name_of(path: Path) -> str:
    """The dotted name of a module of the layer or the command line."""
    base = next(base for base in SOURCES.values() if path.is_relative_to(base))
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for package, base in SOURCES.items() for path in sorted((base / package).rglob("*.py"))}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """The modules of this repository that a module imports, wherever in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in MODULES:
                    yield full
                elif node.module in MODULES:
                    yield node.module


def part_of(module: str) -> str:
    """The capability of a module of the layer, or the name of a module beside the capabilities."""
    return module.split(".")[1] if "." in module else "ses_stack"


def is_pure(module: str) -> bool:
    """Whether a module of the layer must do without I/O: it is in a capability, outside `adapters`."""
    return part_of(module) in CAPABILITIES and ".adapters" not in module


def layer_modules() -> Iterator[str]:
    return (module for module in MODULES if module.startswith("ses_stack."))


PURE = [module for module in layer_modules() if is_pure(module)]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    allowed = MAY_IMPORT[part] | {part, "errors"}
    for module in layer_modules():
        if part_of(module) == part:
            assert {part_of(each) for each in imports(module)} <= allowed, module


def test_every_part_of_the_layer_has_a_rule() -> None:
    assert {part_of(module) for module in layer_modules()} == MAY_IMPORT.keys() | ON_TOP


def test_the_layer_does_not_import_the_command_line() -> None:
    for module in layer_modules():
        assert not [each for each in imports(module) if each.startswith("ses_stack_cli")], module


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_pure_modules_only(module: str) -> None:
    assert [each for each in imports(module) if not is_pure(each) and part_of(each) != "errors"] == []


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_imports_the_standard_library_only(module: str) -> None:
    names = [
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    roots = {name.split(".")[0] for name in names}
    assert roots <= sys.stdlib_module_names | {"ses_stack"}


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: set(imports(module)) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def late_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each block of imports inside a function: its line, and the text that should give the reason."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "noqa: PLC0415" in line and "noqa: PLC0415" not in lines[number - 1]:
            comment = re.search(r"\s*# (.+)", lines[number - 1]) or re.search(r"PLC0415 -- (.+)", line)
            yield number + 1, comment[1] if comment else ""


def test_an_import_inside_a_function_gives_its_reason() -> None:
    """The reason is a measured time, or that a signal must be handled while the rest is loaded."""
    for module, path in MODULES.items():
        for line, reason in late_imports(path):
            assert re.search(r"\d m?s\b|Ctrl-C", reason), f"{module}:{line}: {reason}"


def test_no_two_classes_of_the_layer_share_a_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module in layer_modules():
        for node in tree(module).body:
            name = node.name if isinstance(node, ast.ClassDef) else ""
            if isinstance(node, ast.TypeAlias):
                name = node.name.id
            if name and not name.startswith("_"):
                places[name].append(module)
    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}


@pytest.mark.parametrize("module", [name for name, path in MODULES.items() if not path.name.startswith("__")])
def test_every_module_has_its_test_file(module: str) -> None:
    folder, _, name = module.rpartition(".")
    assert (ROOT / "tests" / Path(*folder.split(".")) / f"test_{name}.py").exists()


@pytest.mark.parametrize("path", sorted(ROOT.glob("functions/*/app.py")), ids=lambda path: path.parent.name)
def test_a_handler_is_wiring(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def loaded(statement: str) -> set[str]:
    """The modules in a new interpreter after a statement."""
    code = f"{statement}; import sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_pure_modules_load_no_third_party_package() -> None:
    assert not loaded(f"import {', '.join(PURE)}") & THIRD_PARTY
