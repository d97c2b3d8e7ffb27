"""template.yaml and samconfig.toml as the tests read them: intrinsic functions as plain dicts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import yaml

from tests.support.paths import ROOT


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is read as {"Ref": "X"}."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)

TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506 (a SafeLoader)
SAMCONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text())
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == kind}


def statements(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a policy document."""
    yield from document["Statement"]


def listed(value: Any) -> list[Any]:
    """IAM writes one value without a list."""
    return value if isinstance(value, list) else [value]


def mappings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every event source mapping: function, name, properties."""
    for name, function in of_type("AWS::Serverless::Function").items():
        for event, mapping in function.get("Events", {}).items():
            yield name, event, mapping | {"Function": function}


def table(path: str, first_column: str) -> list[dict[str, str]]:
    """The rows of a Markdown document's table whose first heading is this, by heading."""
    lines = (ROOT / path).read_text().splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = [_cells(line) for line in takewhile(lambda line: line.startswith("|"), lines[start:])]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
