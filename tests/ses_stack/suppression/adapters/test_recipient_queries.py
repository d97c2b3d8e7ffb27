"""Queries by recipient, on answers that a test gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.recipient_queries import RecipientQueries


class Scripted:
    """Answers queries in order; notes their documents."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.documents: list[dict[str, Any]] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "Query"
        for body in bodies:
            self.documents.append(json.loads(body))
            yield self.answers.pop(0)


def run(service: Scripted, *names: str, **query: Any) -> Any:
    queries = RecipientQueries(service, retrying=Retrying(sleep=lambda _: None, max_attempts=3))
    return queries.run(names, lambda name: {"name": name, **query}, float("inf"))


def row(number: int) -> dict[str, Any]:
    return {"n": {"N": str(number)}}


def test_pages_are_followed_for_each_recipient_alone() -> None:
    service = Scripted(
        Answer(200, {"Items": [row(1)], "LastEvaluatedKey": {"k": 1}}),
        Answer(200, {"Items": [row(9)]}),
        Answer(200, {"Items": [row(2)]}),
    )
    assert run(service, "a", "b") == ({"a": [row(1), row(2)], "b": [row(9)]}, {})
    assert service.documents == [{"name": "a"}, {"name": "b"}, {"name": "a", "ExclusiveStartKey": {"k": 1}}]


def test_a_query_with_a_limit_is_one_page() -> None:
    service = Scripted(Answer(200, {"Items": [row(1)], "LastEvaluatedKey": {"k": 1}}))
    assert run(service, "a", Limit=1) == ({"a": [row(1)]}, {})


def test_a_recipient_fails_alone() -> None:
    service = Scripted(Answer(400, {"__type": "x#AccessDeniedException"}), None, Answer(200, {"Items": [row(1)]}))
    assert run(service, "a", "b") == ({"b": [row(1)]}, {"a": "AccessDeniedException"})


@pytest.mark.parametrize("is_enough", [True, False])
def test_pages_go_where_the_caller_takes_them_until_it_has_enough(is_enough: bool) -> None:
    service = Scripted(Answer(200, {"Items": [row(1)], "LastEvaluatedKey": {"k": 1}}), Answer(200, {"Items": [row(2)]}))
    queries = RecipientQueries(service, retrying=Retrying(sleep=lambda _: None))
    taken: list[Any] = []

    def take(name: str, page: Sequence[Any]) -> bool:
        taken.append((name, *page))
        return is_enough

    rows, _ = queries.run(["a"], lambda _: {}, float("inf"), take)
    assert (rows, taken) == ({"a": []}, [("a", row(1)), ("a", row(2))][: 1 if is_enough else 2])
