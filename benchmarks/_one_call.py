"""A program that makes a client with boto3 and calls DynamoDB once, for comparison."""

from __future__ import annotations

import json

import boto3

if __name__ == "__main__":
    query = {
        "TableName": "events",
        "IndexName": "by_time",
        "KeyConditionExpression": "feed = :feed",
        "ExpressionAttributeValues": {":feed": {"S": "2026-11-25T04#0"}},
    }
    print(json.dumps(boto3.client("dynamodb").query(**query)["Items"]))  # type: ignore[arg-type]
