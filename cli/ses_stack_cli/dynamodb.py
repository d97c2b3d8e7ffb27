"""DynamoDB as commands call it: signed and sent without the SDK where that is possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Calls, Service
from ses_stack.aws.sdk_calls import SdkCalls, sdk_value
from ses_stack_cli.signed_calls import SignedCalls
from ses_stack_cli.target import Target


def dynamodb_calls(target: Target) -> Calls:
    """DynamoDB of a stack's account. One thread at a time may call it.

    The calls go through the SDK where a proxy is configured, for instance: `Service` knows no proxies.
    """
    make = _maker(target)
    return make() if make else SdkCalls(target.client("dynamodb"))


def dynamodb_queries(target: Target) -> Any:
    """An object with the method `query` of the SDK's client of DynamoDB. Threads may share it."""
    make = _maker(target)
    return SignedQueries(make, lambda: target.client("dynamodb")) if make else target.client("dynamodb")


class SignedQueries:
    """DynamoDB's Query without the SDK. Threads may share it."""

    def __init__(self, make: Callable[[], Service], sdk: Callable[[], Any]) -> None:
        self._calls = SignedCalls(make)
        self._sdk = sdk

    def query(self, **request: Any) -> dict[str, Any]:
        """Query's answer as the SDK gives it. The SDK repeats a call that has no success, and raises its errors.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        document = self._calls.document("Query", request)
        if document is None:
            return dict(self._sdk().query(**request))
        return document | {"Items": [_sdk_row(row) for row in document["Items"]]}

    def close(self) -> None:
        """Closes the connections. A command need not call this: its process closes them."""
        self._calls.close()


def _maker(target: Target) -> Callable[[], Service] | None:
    return target.signed.maker("dynamodb") if target.signed else None


def _sdk_row(row: Mapping[str, Any]) -> Item:
    return {name: sdk_value(value) for name, value in row.items()}
