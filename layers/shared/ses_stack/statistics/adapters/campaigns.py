"""The lists of a day's campaigns in StatisticsTable.

A worker keeps the lists that it has read. It writes only when it finds a campaign that no list has, so that a day costs
a worker about one call for each new campaign.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Retrying
from ses_stack.errors import TableError
from ses_stack.statistics.adapters.rows import campaigns_in, campaigns_key
from ses_stack.statistics.campaigns import admitted
from ses_stack.statistics.grains import Grain, expires_at

# Late events may be of many days. A worker that has read this many lists forgets them all.
_LISTS_KEPT = 64
_CONDITION_FAILED = "ConditionalCheckFailedException"


class CampaignLists:
    """Gives the campaigns of a stream and day their places, at most `limit`. Campaigns never lose a place."""

    def __init__(self, dynamodb: Calls, *, name: str, limit: int, retrying: Retrying | None = None) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._limit = limit
        self._retrying = retrying or Retrying(attempt_seconds=5)
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def places(self, stream: str, day: str, wanted: Iterable[str], *, until: float) -> Collection[str]:
        """The campaigns that have a place, those of `wanted` among them while there is room. Raises `TableError`."""
        known = self._known.get((stream, day), frozenset())
        wanted = list(wanted)
        while new := admitted(wanted, known, limit=self._limit):
            known = self._extend(stream, day, known, new, until)
        if len(self._known) >= _LISTS_KEPT:
            self._known.clear()
        self._known[stream, day] = known
        return known

    def _extend(self, stream: str, day: str, known: frozenset[str], new: list[str], until: float) -> frozenset[str]:
        """The list with the new campaigns; the list as another worker has made it meanwhile, without them."""
        values: dict[str, Any] = {":new": {"SS": new}, ":expires": {"N": str(expires_at(Grain.DAYS, day))}}
        condition = "attribute_not_exists(#names)"
        if known:
            condition = "attribute_exists(#names) AND size(#names) = :count"
            values[":count"] = {"N": str(len(known))}
        update = {
            "TableName": self._name,
            "Key": campaigns_key(stream, day),
            "UpdateExpression": "SET expires_at = :expires ADD #names :new",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#names": "names"},
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        answer = self._retrying.call(self._dynamodb, "UpdateItem", update, until=until)
        if answer.error == _CONDITION_FAILED:
            return frozenset(campaigns_in([answer.document.get("Item", {})]))
        if answer.error:
            raise TableError(f"the statistics table answers {answer.error}")
        return known | set(new)
