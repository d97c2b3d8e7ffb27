"""Reads tables, functions' environments, parameters and filters from template.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its key attributes, the attributes that it projects (None: all), its partition key."""

    keys: frozenset[str]
    attributes: frozenset[str] | None
    partition: str

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is in the index: a row without one of its keys is not."""
        return self.keys <= row.keys()

    def projected(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a row that the index projects."""
        return {name: value for name, value in row.items() if self.attributes is None or name in self.attributes}


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table: the names of its primary key, its indexes by name, and its partition key."""

    keys: frozenset[str]
    indexes: Mapping[str, Index]
    partition: str


def event_table_indexes() -> list[Index]:
    """The indexes of EventTable."""
    return list(table_of_template("EventTable").indexes.values())


def tables_of_template() -> list[str]:
    """The logical ids of all tables."""
    return [name for name, resource in _template()["Resources"].items() if resource["Type"] == "AWS::DynamoDB::Table"]


@cache
def table_of_template(logical_id: str) -> TableShape:
    """A table of the template."""
    table = _template()["Resources"][logical_id]["Properties"]
    keys = _names(table["KeySchema"])
    definitions = table.get("GlobalSecondaryIndexes", ())
    indexes = {each["IndexName"]: _index(each, keys) for each in definitions}
    return TableShape(keys, indexes, _partition(table["KeySchema"]))


def default_of(parameter: str) -> str:
    """A parameter's default."""
    return str(_template()["Parameters"][parameter]["Default"])


def least_capacity_of(table: str) -> dict[str, int]:
    """Units below which a provisioned table and its indexes never scale: those of `write`, and those of `read`.

    What a parameter gives is not in them.
    """
    units = {"write": 0, "read": 0}
    for target in scalable_targets_of(table):
        if isinstance(target["MinCapacity"], int):
            units["write" if "Write" in target["ScalableDimension"] else "read"] += target["MinCapacity"]
    return units


def scalable_targets_of(table: str) -> list[dict[str, Any]]:
    """What Application Auto Scaling scales of a provisioned table and its indexes."""
    resources = _template()["Resources"].values()
    targets = [
        each["Properties"] for each in resources if each["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget"
    ]
    return [target for target in targets if f"${{{table}}}" in target["ResourceId"]["Sub"]]


def event_types_of_rule(logical_id: str) -> frozenset[str]:
    """The detail-types that an EventBridge rule matches."""
    return frozenset(_template()["Resources"][logical_id]["Properties"]["EventPattern"]["detail-type"])


def stream_patterns_of(function: str) -> list[dict[str, Any]]:
    """The filter patterns of a function's mapping of a table stream."""
    events = _template()["Resources"][function]["Properties"]["Events"].values()
    filters = [each["Properties"].get("FilterCriteria", {}).get("Filters", ()) for each in events]
    return [json.loads(each["Pattern"]) for found in filters for each in found]


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
    keys, partition = _names(definition["KeySchema"]), _partition(definition["KeySchema"])
    projection = definition["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(keys, None, partition)
    return Index(keys, keys | table_keys | frozenset(projection.get("NonKeyAttributes", ())), partition)


def _partition(schema: list[dict[str, str]]) -> str:
    return next(key["AttributeName"] for key in schema if key["KeyType"] == "HASH")


def _names(schema: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(key["AttributeName"] for key in schema)


@cache
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
