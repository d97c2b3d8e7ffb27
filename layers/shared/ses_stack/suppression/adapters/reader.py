"""The suppression list, read for commands: through index by_list, which has the lines of the list only."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ses_stack.suppression.adapters.rows import SHARDS, suppression_of
from ses_stack.suppression.policy import Suppression

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INDEX = "by_list"


class SuppressionList:
    """Reads the list page by page."""

    def __init__(self, client: DynamoDBClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def lines(self, *, scope: str | None = None, reason: str | None = None) -> Iterator[Suppression]:
        """All lines in the order of the addresses, with expired lines that DynamoDB has not deleted yet."""
        filters = {name: value for name, value in {"scope": scope, "reason": reason}.items() if value}
        query: dict[str, Any] = {"ExpressionAttributeNames": {"#shard": "shard"}}
        if filters:
            query["FilterExpression"] = " AND ".join(f"#{name} = :{name}" for name in filters)
            query["ExpressionAttributeNames"] |= {f"#{name}": name for name in filters}
        values = {f":{name}": {"S": value} for name, value in filters.items()}
        shards = (self._shard(f"{number:02}", query, values) for number in range(SHARDS))
        return heapq.merge(*shards, key=lambda line: (line.recipient, line.scope))

    def _shard(self, shard: str, query: dict[str, Any], values: dict[str, Any]) -> Iterator[Suppression]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName=_INDEX,
            KeyConditionExpression="#shard = :shard",
            ExpressionAttributeValues={":shard": {"S": shard}, **values},
            **query,
        )
        for page in pages:
            lines = (
                suppression_of(item, recipient=str(item["recipient"]["S"]), scope=str(item["scope"]["S"]))
                for item in page["Items"]
            )
            yield from sorted(lines, key=lambda line: (line.recipient, line.scope))
