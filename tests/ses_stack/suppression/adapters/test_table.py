"""SuppressionTable on moto."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.errors import TableError
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.files.loading import load
from ses_stack.suppression.files.row_facts import ImportDefaults, entries
from ses_stack.suppression.files.rows import ListFile
from ses_stack.suppression.manual import ManualChange, remove_here, state_of
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext, settle
from ses_stack.suppression.soft_bounces import DeliveryQuestion
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_facts import NOW, at
from tests.support.suppression_rows import ANN, NAME, delivery, hard, rows, soft


def test_the_rows_are_the_designs(context: SettleContext) -> None:
    settle(context, {ANN: [hard()]})
    assert rows()[ANN, "*"] == {
        "recipient": {"S": ANN},
        "scope": {"S": "*"},
        "shard": {"S": rows()[ANN, "*"]["shard"]["S"]},
        "reason": {"S": "bounce"},
        "subtype": {"S": "NoEmail"},
        "event_time": {"S": at()},
        "source": {"S": "event"},
        "message_id": {"S": f"m{at()}"},
        "as_spelled": {"S": "Ann@X.Org"},
    }
    assert [scope.partition("#")[0] for _, scope in sorted(rows())] == ["*", "~current", "~fact"]
    assert all("expires_at" not in row for row in rows().values()), "nothing of it ends"


def test_a_soft_bounce_suppression_ends_in_epoch_seconds(context: SettleContext) -> None:
    settle(context, {ANN: [soft(at(days=day)) for day in (0, 1, 2)]})
    assert rows()[ANN, "*"]["expires_at"] == {"N": str(int(NOW) + 16 * 86_400)}
    assert rows()[ANN, "~current"]["expires_at"] == {"N": str(int(NOW) + 37 * 86_400)}


def test_facts_come_back_as_they_were(context: SettleContext, table: SuppressionTable) -> None:
    facts = [
        hard(),
        hard(at(days=1), scope="topic:Ünter#news", reason=Reason.UNSUBSCRIBE, source=Source.IMPORT, by="op", note="n"),
        hard(at(days=2), reason=Reason.SOFT_BOUNCE, until=at(days=3), subtype=None, message_id=None),
        soft(at(days=1)),
        Fact(recipient=ANN, kind=FactKind.REMOVAL, time=at(), scope="marketing", by="op", as_spelled=ANN),
    ]
    settle(context, {ANN: facts})
    table.put_deliveries([delivery(at(days=-2)), delivery(at(days=-1))], until=context.until)
    known, failed = table.read([ANN, "nobody@x.org"], until=context.until, explain=True)
    assert failed == {}
    newest = [delivery(at(days=-1))]
    assert sorted(known[ANN].facts, key=lambda fact: fact.key) == sorted([*facts, *newest], key=lambda fact: fact.key)
    assert known["nobody@x.org"].facts == []
    assert known[ANN].current.suppressions.keys() == {"*", "topic:Ünter#news"}


def test_deliveries_are_read_only_as_far_as_they_decide(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    def delivered(when: str, message: str) -> Fact:
        return replace(delivery(when), message_id=message)

    def read(**more: Any) -> tuple[list[str | None], int]:
        calls.made.clear()
        states, _ = table.read([ANN], until=context.until, **more)
        deliveries = [fact for fact in states[ANN].facts if fact.kind is FactKind.DELIVERY]
        return [fact.message_id for fact in deliveries], len(calls.made)

    table.put_deliveries([delivered(at(hours=-n), f"other{n}") for n in range(1, 9)], until=context.until)
    bounces = [replace(soft(at(hours=n)), message_id=f"m{n}", subtype="General") for n in range(3)]
    settle(context, {ANN: bounces[:2]})
    assert read() == ([], 1), "two soft bounces are too few"
    assert read(explain=True) == (["other1"], 3)
    assert read(new_facts={ANN: bounces[2:]}) == (["other1"], 3), "with the third, deliveries could decide"
    table.put_deliveries([delivered(at(days=-3), "m0")], until=context.until)
    assert read(new_facts={ANN: bounces[2:]}) == (["other1", "m0"], 3)
    table.put_deliveries([delivered(at(days=1), "newer")], until=context.until)
    assert read(new_facts={ANN: bounces[2:]}) == (["newer"], 2), "the newest delivery decides alone"


def test_a_recipient_whose_deliveries_cannot_be_read_is_reported(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    denied = Answer(400, {"__type": "com.amazon#AccessDeniedException"})
    new = {ANN: [soft(at(days=day)) for day in (0, 1, 2)], "b@x.org": []}
    for passing in range(2):
        calls.faults = [("Query", Answer(200, {"Items": []}))] * (2 + passing) + [("Query", denied)]
        states, failed = table.read(new, until=context.until, new_facts=new)
        assert (states.keys(), failed) == ({"b@x.org"}, {ANN: "AccessDeniedException"})


def test_lifting_deletes_the_row(context: SettleContext) -> None:
    settle(context, {ANN: [hard()]})
    _, lifted = remove_here(context, ANN, ManualChange(scope="*", by="op"))
    assert lifted
    assert (ANN, "*") not in rows()
    assert context.table.current([ANN], until=context.until)[ANN].suppressions == {}
    settle(context, {ANN: [hard()]})
    assert (ANN, "*") not in rows()


def test_what_does_not_pass_is_named(context: SettleContext, calls: MotoCalls) -> None:
    denied = Answer(400, {"__type": "com.amazon#AccessDeniedException"})
    calls.faults = [("TransactWriteItems", denied)]
    assert settle(context, {ANN: [hard()]}).failed == {ANN: "AccessDeniedException"}
    calls.faults = [("Query", denied)]
    with pytest.raises(TableError, match="the suppression table: AccessDeniedException"):
        state_of(context, ANN)
    calls.faults = [("BatchGetItem", denied)]
    with pytest.raises(TableError, match="AccessDeniedException"):
        context.table.current([ANN], until=context.until)


def test_unprocessed_deliveries_and_keys_are_tried_again(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    put = {"PutRequest": {"Item": {"recipient": {"S": ANN}, "scope": {"S": f"~received#{delivery(at()).key}"}}}}
    calls.faults = [("BatchWriteItem", Answer(200, {"UnprocessedItems": {NAME: [put]}}))]
    assert table.put_deliveries([delivery(at()), delivery(at(days=1))], until=context.until) == {}
    assert (ANN, f"~received#{delivery(at()).key}") in rows()
    settle(context, {ANN: [hard()]})
    keys = {NAME: {"Keys": [{"recipient": {"S": ANN}, "scope": {"S": "~current"}}]}}
    calls.faults = [("BatchGetItem", Answer(200, {"Responses": {}, "UnprocessedKeys": keys}))]
    assert table.current([ANN], until=context.until).keys() == {ANN}


POLICY = Policy()


def test_no_time_left(calls: MotoCalls) -> None:
    late = SettleContext(
        table=SuppressionTable(calls, name=NAME, policy=POLICY),
        policy=POLICY,
        until=time.monotonic() - 1,
        now=lambda: NOW,
    )
    calls.faults = [("Query", None)]
    assert settle(late, {ANN: [hard()]}).failed == {ANN: "no answer"}


def test_the_account_list_state_outlives_changes(context: SettleContext, table: SuppressionTable) -> None:
    settle(context, {ANN: [hard()]})
    table.set_account_list_state(ANN, "BOUNCE", until=context.until)
    current = table.current([ANN], until=context.until)[ANN]
    assert (current.version, current.account_list_state, list(current.suppressions)) == (2, "BOUNCE", ["*"])
    settle(context, {ANN: [hard(at(days=1))]})
    assert table.current([ANN], until=context.until)[ANN].account_list_state == "BOUNCE"


def importing(context: SettleContext, table: SuppressionTable, text: str) -> Any:
    defaults = ImportDefaults(scope="*", reason=Reason.MANUAL, time=at(), by="op", now=NOW)
    return load(
        context,
        table,
        entries(ListFile(io.BytesIO(text.encode())), defaults),
        on_bad=lambda _: None,
        on_progress=lambda _: None,
        deadline=lambda: time.monotonic() + 30,
    )


def test_a_file_can_be_loaded_again_and_undoes_no_removal(
    context: SettleContext, table: SuppressionTable, calls: MotoCalls
) -> None:
    settle(context, {"p3@x.org": [hard(recipient="p3@x.org")]})
    text = "address\n" + "".join(f"P{n}@x.org\n" for n in range(50)) + "p1@x.org\n"
    first = importing(context, table, text)
    assert (first.lines, first.added, first.already, first.bad) == (51, 50, 1, 0)
    remove_here(context, "p7@x.org", ManualChange(scope="*", by="op"))
    calls.made.clear()
    again = importing(context, table, text)
    assert (again.added, again.already) == (0, 51)
    assert set(calls.made) == {"BatchGetItem"}
    assert ("p7@x.org", "*") not in rows()
    assert rows()["p3@x.org", "*"]["source"] == {"S": "event"} or rows()["p3@x.org", "*"]["source"] == {"S": "import"}
    lines = [json.dumps({"address": "p7@x.org", "event_time": at(hours=1)})]
    assert importing(context, table, "\n".join(lines)).added == 1
    assert ("p7@x.org", "*") in rows()


def test_any_order_ends_in_the_same_rows(context: SettleContext, table: SuppressionTable) -> None:
    def facts(recipient: str) -> list[Fact]:
        return [
            hard(at(days=1), recipient, reason=Reason.COMPLAINT),
            Fact(recipient=recipient, kind=FactKind.NOT_SPAM, time=at(days=2), as_spelled=recipient),
            *(soft(at(days=day), recipient) for day in (0, 3, 4, 5)),
            delivery(at(days=1), recipient),
            replace(soft(at(days=6), recipient), subtype="General"),
            replace(delivery(at(days=0.5), recipient), message_id=at(days=6)),
            hard(at(days=1), recipient, scope="marketing", reason=Reason.UNSUBSCRIBE),
            Fact(recipient=recipient, kind=FactKind.OPT_IN, time=at(), scope="marketing", as_spelled=recipient),
            Fact(recipient=recipient, kind=FactKind.REMOVAL, time=at(days=2), scope="topic:news", as_spelled=recipient),
            hard(at(days=1), recipient, scope="topic:news", reason=Reason.UNSUBSCRIBE),
        ]

    for seed in range(12):
        name = f"p{seed}@x.org"
        shuffled = facts(name) * 2
        Random(seed).shuffle(shuffled)
        for each in shuffled:
            if each.kind is FactKind.DELIVERY:
                table.put_deliveries([each], until=context.until)
            settle(context, {name: [] if each.kind is FactKind.DELIVERY else [each]})
    lists = {
        frozenset(
            (scope, row["reason"]["S"], row["event_time"]["S"])
            for (n, scope), row in rows().items()
            if n == name and scope[0] != "~"
        )
        for name in (f"p{seed}@x.org" for seed in range(12))
    }
    assert lists == {frozenset({("*", "soft_bounce", at(days=5)), ("marketing", "unsubscribe", at(days=1))})}


class FakeHistory:
    """Has these deliveries, or does not answer."""

    def __init__(self, *facts: Fact, answers: bool = True) -> None:
        self.facts, self.answers, self.asked = facts, answers, 0

    def deliveries(
        self, questions: Mapping[str, DeliveryQuestion], *, until: float
    ) -> tuple[dict[str, list[Fact]], dict[str, str]]:
        self.asked += 1
        if not self.answers:
            return {}, dict.fromkeys(questions, "no answer")
        return {name: [each for each in self.facts if each.recipient == name] for name in questions}, {}


def with_history(calls: MotoCalls, history: FakeHistory) -> SuppressionTable:
    return SuppressionTable(calls, name=NAME, policy=POLICY, history=history)  # type: ignore[arg-type]


THREE = {ANN: [soft(at(days=day)) for day in (0, 1, 2)], "b@x.org": [soft(at(), "b@x.org")]}


def test_the_historys_deliveries_decide_too(calls: MotoCalls, context: SettleContext) -> None:
    history = FakeHistory(delivery(at(days=3)), delivery(at(days=3), "b@x.org"))
    states, failed = with_history(calls, history).read(THREE, until=context.until, new_facts=THREE)
    assert (states[ANN].facts, states[ANN].is_provisional) == ([delivery(at(days=3))], False)
    assert (states["b@x.org"].facts, failed) == ([], {}), "one soft bounce asks nothing"


def test_a_delivery_in_the_table_spares_the_question(calls: MotoCalls, context: SettleContext) -> None:
    history = FakeHistory()
    table = with_history(calls, history)
    table.put_deliveries([delivery(at(days=3))], until=context.until)
    states, _ = table.read([ANN], until=context.until, new_facts=THREE)
    assert states[ANN].facts == [delivery(at(days=3))]
    history.answers = False
    assert not table.read([ANN], until=context.until, new_facts=THREE)[0][ANN].is_provisional


def test_a_history_that_does_not_answer_makes_a_state_provisional(calls: MotoCalls, context: SettleContext) -> None:
    table = with_history(calls, FakeHistory(answers=False))
    settled = settle(replace(context, table=table, settles_again=True), THREE)
    assert settled.failed == {}
    assert {name: state.is_provisional for name, state in settled.states.items()} == {ANN: True, "b@x.org": False}
    assert rows()[ANN, "*"]["reason"] == {"S": "soft_bounce"}


@pytest.mark.parametrize("is_consistent", [True, False])
def test_current_lists_may_be_read_for_half_the_price(
    calls: MotoCalls, context: SettleContext, monkeypatch: pytest.MonkeyPatch, is_consistent: bool
) -> None:
    settle(context, {ANN: [hard()]})
    bodies: list[Any] = []
    carry_out = calls._carry_out
    monkeypatch.setattr(
        calls, "_carry_out", lambda name, body: bodies.append(json.loads(body)) or carry_out(name, body)
    )
    table = SuppressionTable(calls, name=NAME, policy=POLICY, is_consistent=is_consistent)
    assert table.current([ANN], until=context.until).keys() == {ANN}
    assert [body["RequestItems"][NAME]["ConsistentRead"] for body in bodies] == [is_consistent]
