"""Reads EventTable's indexes and the functions' environments from template.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its key attributes, and the attributes that it projects (None: all)."""

    keys: frozenset[str]
    attributes: frozenset[str] | None

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is in the index: a row without one of its keys is not."""
        return self.keys <= row.keys()

    def projected(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a row that the index projects."""
        return {name: value for name, value in row.items() if self.attributes is None or name in self.attributes}


def event_table_indexes() -> list[Index]:
    """The indexes of EventTable."""
    table = _template()["Resources"]["EventTable"]["Properties"]
    table_keys = _names(table["KeySchema"])
    return [_index(definition, table_keys) for definition in table["GlobalSecondaryIndexes"]]


def environment_of(folder: str) -> dict[str, str]:
    """The environment of the function with this CodeUri: parameters' defaults, and the text `name` for references."""
    template = _template()
    functions = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function" and resource["Properties"]["CodeUri"] == folder
    ]
    variables: dict[str, Any] = {}
    for properties in [template["Globals"]["Function"], *functions]:
        variables |= properties.get("Environment", {}).get("Variables", {})
    values = {name: _value(value, template["Parameters"]) for name, value in variables.items()}
    return {name: value for name, value in values.items() if value}


def _value(value: Any, parameters: Mapping[str, Any]) -> str:
    match value:
        case {"Ref": str(name)} if name in parameters:
            return str(parameters[name].get("Default", name))
        case {"Ref": "AWS::NoValue"}:
            return ""
        case {"If": [_, _, otherwise]}:
            return _value(otherwise, parameters)
        case dict():
            return "name"
        case _:
            return str(value)


def _index(definition: Mapping[str, Any], table_keys: frozenset[str]) -> Index:
    keys = _names(definition["KeySchema"])
    projection = definition["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(keys, None)
    return Index(keys, keys | table_keys | frozenset(projection.get("NonKeyAttributes", ())))


def _names(schema: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(key["AttributeName"] for key in schema)


def _template() -> dict[str, Any]:
    text = _TEMPLATE.read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=_Loader))  # noqa: S506 -- _Loader is a SafeLoader


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes `{"Ref": "X"}`."""


def _short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            return {name: loader.construct_scalar(node)}
        case yaml.SequenceNode():
            return {name: loader.construct_sequence(node, deep=True)}
        case _:
            return {name: None}


_Loader.add_multi_constructor("!", _short_form)
