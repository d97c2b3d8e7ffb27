"""The tables of the template, in moto."""

from __future__ import annotations

from typing import Any

import boto3

from tests.template.document import RESOURCES

_WANTED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(logical_id: str) -> Any:
    """Creates a table as template.yaml describes it, under its logical id; gives a client."""
    properties = RESOURCES[logical_id]["Properties"]
    client = boto3.client("dynamodb")
    client.create_table(TableName=logical_id, **{name: properties[name] for name in _WANTED if name in properties})
    return client
