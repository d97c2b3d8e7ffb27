"""SendTable's reader, for people: an operator looks, the sender never does.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ses_stack.aws.items import Item
from ses_stack.errors import TableError
from ses_stack.sending.account_limits import AccountLimits
from ses_stack.sending.adapters.rows import entry_of, key_of
from ses_stack.sending.ledger import LedgerEntry
from ses_stack.sending.rate import Backoff, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 5


class SendTableReader:
    """Reads the ledger, the windows of the rate, and what the workers know of the account."""

    def __init__(self, client: DynamoDBClient, *, name: str) -> None:
        self._client = client
        self._name = name

    def of_request(self, request_id: str) -> LedgerEntry | None:
        """A request's row, a moment after it was written too."""
        row = self._rows([key_of(request_id)]).get(key_of(request_id))
        return entry_of(row) if row else None

    def windows(self, seconds: Sequence[int]) -> list[Window]:
        """What was taken of each second."""
        rows = self._rows([f"RATE#{second}" for second in seconds])
        return [_window(rows.get(f"RATE#{second}", {})) for second in seconds]

    def account(self) -> tuple[AccountLimits | None, Backoff]:
        """What the workers were last told of the account, and what throttling has made of the rate."""
        rows = self._rows(["QUOTA", "BACKOFF"])
        quota, backoff = rows.get("QUOTA", {}), rows.get("BACKOFF")
        known = _account(quota) if "read_at" in quota else None
        return known, Backoff(_number(backoff, "factor"), _number(backoff, "at")) if backoff else Backoff()

    def _rows(self, keys: Sequence[str]) -> dict[str, Item]:
        """The rows that exist, by their keys. Raises `TableError`."""
        asked: Any = {self._name: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        found: dict[str, Item] = {}
        for _ in range(_ATTEMPTS):
            answer: Any = self._client.batch_get_item(RequestItems=asked)
            found |= {row["pk"]["S"]: row for row in answer["Responses"].get(self._name, ())}
            if not (asked := answer.get("UnprocessedKeys")):
                return found
        raise TableError("the send table does not give rows in time")


def _window(row: Mapping[str, Any]) -> Window:
    return Window(
        taken=int(_number(row, "taken")), priority=int(_number(row, "priority")), bulk=int(_number(row, "bulk"))
    )


def _account(row: Mapping[str, Any]) -> AccountLimits:
    return AccountLimits(
        rate=_number(row, "rate"),
        most=_number(row, "most"),
        sent=_number(row, "sent"),
        read_at=_number(row, "read_at"),
        since=int(_number(row, "since")),
        refused=_number(row, "refused") > 0,
        stopped=row.get("stopped", {}).get("S") or None,
    )


def _number(row: Mapping[str, Any], name: str) -> float:
    return float(row.get(name, {}).get("N", "0"))
