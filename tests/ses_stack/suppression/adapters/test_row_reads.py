"""Reads of SuppressionTable's rows, on moto."""

from __future__ import annotations

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.row_reads import RowReads
from ses_stack.suppression.adapters.rows import fact_item, row_key
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext, settle
from ses_stack.suppression.soft_bounces import DeliveryQuestion
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import at
from tests.support.suppression_rows import ANN, NAME, delivery, hard


def test_many_pages(context: SettleContext, table: SuppressionTable, calls: MotoCalls) -> None:
    settle(context, {ANN: [hard(at(seconds=n), note="x" * 400) for n in range(30)]})
    start = {"recipient": {"S": ANN}, "scope": {"S": f"~fact#{hard(at(seconds=9), note='x' * 400).key}"}}
    calls.faults = [("Query", Answer(200, {"Items": [], "LastEvaluatedKey": start}))]
    known, _ = table.read([ANN], until=context.until)
    assert len(known[ANN].facts) == 20


def reads_of(calls: MotoCalls) -> RowReads:
    return RowReads(calls, name=NAME, retrying=Retrying(sleep=lambda _: None))


def test_rows_are_read_by_key_a_hundred_a_call(context: SettleContext, calls: MotoCalls) -> None:
    settle(context, {f"p{n}@x.org": [hard(recipient=f"p{n}@x.org")] for n in range(3)})
    calls.made.clear()
    keys = [row_key(f"p{n}@x.org", "~current") for n in range(101)]
    found = reads_of(calls).rows(keys, until=context.until)
    assert {row["recipient"]["S"] for row in found} == {f"p{n}@x.org" for n in range(3)}
    assert calls.made == ["BatchGetItem"] * 2
    assert reads_of(calls).rows([], until=context.until) == []


def test_a_recipients_rows_are_read_without_its_deliveries(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    settle(context, {ANN: [hard()]})
    table.put_deliveries([delivery(at(days=-1)), delivery(at(days=1)), delivery(at())], until=context.until)
    rows, failed = reads_of(calls).rows_of([ANN, "b@x.org"], until=context.until)
    assert failed == {}
    assert [row["scope"]["S"].partition("#")[0] for row in rows[ANN]] == ["~current", "~fact"]
    assert rows["b@x.org"] == []
    deliveries, _ = reads_of(calls).newest_deliveries([ANN], until=context.until)
    assert deliveries[ANN] == [delivery(at(days=1))]


def test_of_many_deliveries_only_relevant_ones_are_kept(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    table.put_deliveries([delivery(at(hours=n)) for n in range(6)], until=context.until)
    question = DeliveryQuestion(since=at(hours=2), message_ids=frozenset({at(hours=1), at(hours=3)}))
    first = {"recipient": {"S": ANN}, "scope": {"S": f"~received#{delivery(at(hours=3)).key}"}}
    items = [fact_item(delivery(at(hours=n)), Policy()) for n in (2, 3)]
    calls.faults = [("Query", Answer(200, {"Items": items, "LastEvaluatedKey": first}))]
    relevant, failed = reads_of(calls).deliveries({ANN: question}, until=context.until)
    assert (relevant, failed) == ({ANN: [delivery(at(hours=3)), delivery(at(hours=5))]}, {})
    assert calls.made == ["BatchWriteItem", "Query", "Query"], "two pages"


def test_a_recipient_whose_deliveries_cannot_be_read_is_reported(context: SettleContext, calls: MotoCalls) -> None:
    calls.faults = [("Query", Answer(400, {"__type": "x#AccessDeniedException"}))]
    question = DeliveryQuestion(since=at(), message_ids=frozenset())
    relevant, failed = reads_of(calls).deliveries({"a@x.org": question, "b@x.org": question}, until=context.until)
    assert (relevant, failed) == ({"b@x.org": []}, {"a@x.org": "AccessDeniedException"})


def test_a_recipient_that_cannot_be_read_is_reported(context: SettleContext, calls: MotoCalls) -> None:
    calls.faults = [("Query", Answer(400, {"__type": "x#AccessDeniedException"}))]
    rows, failed = reads_of(calls).rows_of(["a@x.org", "b@x.org"], until=context.until)
    assert (rows, failed) == ({"b@x.org": []}, {"a@x.org": "AccessDeniedException"})
