"""What a function costs that does nothing but have a client: cold starts are measured against it."""

from __future__ import annotations

from typing import Any

import boto3

client = boto3.client("dynamodb")


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {}
