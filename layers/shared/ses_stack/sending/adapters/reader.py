"""SendTable as the command line reads it, through boto3 and with the operator's credentials.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ses_stack.aws.items import Item
from ses_stack.aws.retry import Retrying
from ses_stack.sending.adapters.further_recipients import listed_request_key
from ses_stack.sending.adapters.rows import (
    KNOWN_KEYS,
    UNSENT_RECIPIENT,
    accepted_of,
    known_of,
    ledger_entry_of,
    rate_key,
    request_key,
)
from ses_stack.sending.adapters.table import KEYS_PER_CALL, read_rows
from ses_stack.sending.limits.account_limits import KnownLimits
from ses_stack.sending.limits.rate import Accepted
from ses_stack.sending.outcomes.ledger import LedgerEntry, is_unsent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BY_RECIPIENT = "by_recipient"
# boto3 repeats calls that fail. This repeats the keys that DynamoDB left out for lack of capacity.
_RETRYING = Retrying(max_attempts=5)


class SendTableReader:
    """Reads the ledger, the mail that SES took, and what the workers know of the account. Raises `TableError`."""

    def __init__(self, client: DynamoDBClient, *, name: str, retrying: Retrying = _RETRYING) -> None:
        self._client = client
        self._name = name
        self._retrying = retrying

    def of_request(self, request_id: str) -> LedgerEntry | None:
        """A request's row, as it is now; None if there is none."""
        row = self._rows([request_key(request_id)]).get(request_key(request_id))
        return ledger_entry_of(row) if row else None

    def unsent_to(self, recipient: str, *, limit: int) -> list[LedgerEntry]:
        """The requests with an address, by its key, that were not sent: at most `limit`, the last queued first.

        The index may be a moment late, and lists a request to several recipients also after it was sent. The rows are
        read as they are now. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName=_BY_RECIPIENT,
            KeyConditionExpression=f"{UNSENT_RECIPIENT} = :recipient",
            ExpressionAttributeValues={":recipient": {"S": recipient}},
            ScanIndexForward=False,
            PaginationConfig={"PageSize": KEYS_PER_CALL},
        )
        entries = (entry for page in pages for entry in self._listed([item["pk"]["S"] for item in page["Items"]]))
        return list(islice(entries, limit))

    def _listed(self, index_keys: Iterable[str]) -> list[LedgerEntry]:
        """The unsent requests to which rows of the index lead, by their keys."""
        keys = list(map(listed_request_key, index_keys))
        rows = self._rows(keys)
        entries = (ledger_entry_of(rows[key]) for key in keys if key in rows)
        return [entry for entry in entries if is_unsent(entry)]

    def accepted(self, seconds: Sequence[int]) -> list[Accepted]:
        """The recipients that SES accepted in each second since 1970."""
        rows = self._rows([rate_key(second) for second in seconds])
        return [accepted_of(rows.get(rate_key(second), {})) for second in seconds]

    def known(self) -> KnownLimits:
        """What all workers know: the account's limits, the backoff, the paused streams."""
        return known_of(self._rows(KNOWN_KEYS))

    def _rows(self, keys: Sequence[str]) -> dict[str, Item]:
        get: Any = self._client.batch_get_item
        return read_rows(self._name, keys, lambda request: get(**request), self._retrying)
