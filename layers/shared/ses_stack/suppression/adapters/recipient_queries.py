"""Queries by recipient: several at a time, page by page, each recipient failing alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.retry import Attempt, Retrying


class RecipientQueries:
    """Queries of one table. `until` is a `time.monotonic()`."""

    def __init__(self, dynamodb: Calls, *, retrying: Retrying) -> None:
        self._dynamodb = dynamodb
        self._retrying = retrying

    def run(
        self,
        recipients: Iterable[str],
        query: Callable[[str], dict[str, Any]],
        until: float,
        take: Callable[[str, Sequence[Item]], bool] | None = None,
    ) -> tuple[dict[str, list[Item]], dict[str, str]]:
        """Each recipient's rows, and those that could not be read.

        With `take`, pages go there and no row is kept; it returns whether the recipient needs no more pages.
        """
        rows: dict[str, list[Item]] = {recipient: [] for recipient in recipients}

        def keep(name: str, page: Sequence[Item]) -> bool:
            rows[name].extend(page)
            return False

        take = take or keep
        next_pages: dict[str, dict[str, Any]] = {}

        def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
            left: Attempt[str] = Attempt()
            names = [call[0] for call in calls]
            bodies = (_body(query(name) | next_pages.get(name, {})) for name in names)
            for name, answer in zip(names, self._dynamodb.calls("Query", bodies, until=until), strict=True):
                if answer is None or answer.error:
                    left.failed([name], answer)
                    continue
                is_enough = take(name, answer.document.get("Items", ())) or "Limit" in query(name)
                if not is_enough and (page := _next_page(answer)):
                    next_pages[name] = page
                    left.again[name] = "more pages"
            return left

        failed = self._retrying.run(rows, attempt, packed=lambda names: [(name,) for name in names], until=until)
        return {name: found for name, found in rows.items() if name not in failed}, failed


def _next_page(answer: Answer) -> dict[str, Any]:
    key = answer.document.get("LastEvaluatedKey")
    return {"ExclusiveStartKey": key} if key else {}


def _body(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
