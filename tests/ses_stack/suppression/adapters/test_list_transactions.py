"""Changes of several recipients in one transaction, on moto."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.list_transactions import ListTransactions, actions_of
from ses_stack.suppression.check import check
from ses_stack.suppression.facts import Fact, Reason
from ses_stack.suppression.list_changes import CurrentList, ListChange, RecipientState, change_for
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext, settle
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import NOW, at, opt_in
from tests.support.suppression_rows import ANN, NAME, hard, rows


def test_a_transaction_takes_many_recipients_and_a_check_takes_one_call(
    context: SettleContext, calls: MotoCalls
) -> None:
    settle(context, {f"p{n}@x.org": [hard(recipient=f"p{n}@x.org")] for n in range(60)})
    assert calls.made.count("TransactWriteItems") == 2
    calls.made.clear()
    addresses = [f"P{n}@x.org" for n in range(100)]
    found = check(context.table, addresses, stream="transactional", topic=None, now=NOW, until=context.until)
    assert calls.made == ["BatchGetItem"]
    assert sum(line is not None for line in found.values()) == 60


def test_who_changes_an_old_version_reads_again(context: SettleContext, calls: MotoCalls) -> None:
    settle(context, {name: [hard(recipient=name)] for name in ("a@x.org", "b@x.org")})

    def interfere(operation: str) -> None:
        if operation == "TransactWriteItems":
            calls.before = lambda _: None
            settle(context, {"a@x.org": [hard(at(days=2), "a@x.org", reason=Reason.COMPLAINT)]})

    calls.before = interfere
    new = {name: [hard(at(days=1), name)] for name in ("a@x.org", "b@x.org", "c@x.org")}
    assert settle(context, new).failed == {}
    found = {place: row["reason"]["S"] for place, row in rows().items() if place[1] == "*"}
    assert found == {("a@x.org", "*"): "complaint", ("b@x.org", "*"): "bounce", ("c@x.org", "*"): "bounce"}
    assert len([scope for name, scope in rows() if name == "a@x.org" and scope.startswith("~fact")]) == 3


PASSING = [None, Answer(400, {"__type": "x#ThrottlingException"}), Answer(500, {})]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("operation", ["Query", "TransactWriteItems"])
def test_what_passes_is_tried_again(
    context: SettleContext, calls: MotoCalls, operation: str, fault: Answer | None
) -> None:
    calls.faults = [(operation, fault), (operation, fault)]
    assert settle(context, {ANN: [hard()]}).failed == {}
    assert (ANN, "*") in rows()


def test_an_answer_that_got_lost_writes_nothing_twice(context: SettleContext, calls: MotoCalls) -> None:
    def lose(operation: str) -> None:
        if operation == "TransactWriteItems":
            calls.before = lambda _: None
            settle(context, {ANN: [hard()]})
            calls.faults = [("TransactWriteItems", None)]

    calls.before = lose
    assert settle(context, {ANN: [hard()]}).failed == {}
    assert rows()[ANN, "~current"]["version"] == {"N": "1"}


def test_one_bad_recipient_takes_no_other_with_it(context: SettleContext, calls: MotoCalls) -> None:
    reasons = [{"Code": "None"}] * 3 + [{"Code": "ValidationError"}] + [{"Code": "None"}] * 2
    cancelled = Answer(400, {"__type": "TransactionCanceledException", "CancellationReasons": reasons})
    calls.faults = [("TransactWriteItems", cancelled)]
    done = settle(context, {name: [hard(recipient=name)] for name in ("a@x.org", "b@x.org")})
    assert done.failed == {"b@x.org": "ValidationError"}
    assert {name for name, scope in rows() if scope == "*"} == {"a@x.org"}


def change(*new: Fact, before: CurrentList | None = None) -> ListChange:
    made = change_for(ANN, RecipientState(current=before or CurrentList()), new, Policy(), NOW)
    assert made
    return made


def test_the_first_change_needs_a_recipient_without_a_list() -> None:
    current, *others = actions_of(change(hard()), name=NAME, policy=Policy())
    assert current["Put"]["ConditionExpression"] == "attribute_not_exists(recipient)"
    assert [action["Put"]["Item"]["scope"]["S"].partition("#")[0] for action in others] == ["~fact", "*"]


def test_a_later_change_needs_the_version_that_was_read() -> None:
    before = CurrentList(version=4, suppressions=change(hard()).after.suppressions)
    current, _fact, delete = actions_of(change(opt_in(at(), recipient=ANN), before=before), name=NAME, policy=Policy())
    assert current["Put"]["ConditionExpression"] == "version = :version"
    assert current["Put"]["ExpressionAttributeValues"] == {":version": {"N": "4"}}
    assert current["Put"]["Item"]["version"] == {"N": "5"}
    assert delete == {"Delete": {"TableName": NAME, "Key": {"recipient": {"S": ANN}, "scope": {"S": "*"}}}}


def test_a_transaction_has_a_hundred_actions_at_most(context: SettleContext, calls: MotoCalls) -> None:
    facts = [hard(at(seconds=n), scope=f"topic:{n}") for n in range(20)]
    new = {f"p{n}@x.org": [replace(fact, recipient=f"p{n}@x.org") for fact in facts] for n in range(5)}
    assert settle(context, new).failed == {}
    assert calls.made.count("TransactWriteItems") == 3, "41 actions each, so two recipients share a transaction"


class Dynamodb:
    """Gives prepared answers, and keeps the bodies of the calls."""

    def __init__(self, *answers: Answer | None) -> None:
        self._answers = list(answers)
        self.documents: list[dict[str, Any]] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for body in bodies:
            self.documents.append(json.loads(body))
            yield self._answers.pop(0)


def test_a_repeated_transaction_has_the_same_token_so_dynamodb_makes_it_once() -> None:
    """The token makes DynamoDB answer the repeated call as the first, instead of finding this worker's own rows."""
    dynamodb = Dynamodb(None, Answer(500, {}), Answer(200, {}), Answer(200, {}))
    for _ in range(2):
        transactions = ListTransactions(dynamodb, [change(hard())], name=NAME, policy=Policy())
        assert transactions.run(Retrying(sleep=lambda _: None), until=time.monotonic() + 30) == {}

    tokens = [document["ClientRequestToken"] for document in dynamodb.documents]
    assert len({json.dumps(document) for document in dynamodb.documents[:3]}) == 1
    assert tokens[3] != tokens[2]  # another worker's equal change is another one
    assert all(1 <= len(token) <= 36 for token in tokens)
