"""EventTable's indexes, as template.yaml defines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parent.parent / "template.yaml"


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: the attributes that must be there, and those that are copied."""

    keys: frozenset[str]
    attributes: frozenset[str] | None  # None: all

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is in the index: a row without one of its keys is not."""
        return self.keys <= row.keys()

    def projected(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the index keeps of a row."""
        return {name: value for name, value in row.items() if self.attributes is None or name in self.attributes}


def event_table_indexes() -> list[Index]:
    """The indexes of EventTable."""
    loaded = yaml.load(_TEMPLATE.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a safe loader's child
    table = loaded["Resources"]["EventTable"]["Properties"]
    table_keys = _names(table["KeySchema"])
    return [_index(definition, table_keys) for definition in table["GlobalSecondaryIndexes"]]


def _index(definition: Mapping[str, Any], table_keys: frozenset[str]) -> Index:
    keys = _names(definition["KeySchema"])
    projection = definition["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(keys, None)
    return Index(keys, keys | table_keys | frozenset(projection.get("NonKeyAttributes", ())))


def _names(schema: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(key["AttributeName"] for key in schema)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (`!Ref`), whose values do not matter here."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)
