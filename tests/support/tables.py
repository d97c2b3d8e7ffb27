"""The tables of the template, in moto."""

from __future__ import annotations

from typing import Any

import boto3

from tests.template.document import RESOURCES

_WANTED = ("AttributeDefinitions", "KeySchema")
_WANTED_OF_INDEX = ("IndexName", "KeySchema", "Projection")


def table_properties(logical_id: str) -> dict[str, Any]:
    """A table's keys and indexes as template.yaml describes them; it is paid by request."""
    properties = RESOURCES[logical_id]["Properties"]
    table = {name: properties[name] for name in _WANTED} | {"BillingMode": "PAY_PER_REQUEST"}
    if indexes := properties.get("GlobalSecondaryIndexes"):
        table["GlobalSecondaryIndexes"] = [{name: each[name] for name in _WANTED_OF_INDEX} for each in indexes]
    return table


def create_table(logical_id: str) -> Any:
    """Creates a table as template.yaml describes it, under its logical id; gives a client."""
    client = boto3.client("dynamodb")
    client.create_table(TableName=logical_id, **table_properties(logical_id))
    return client
