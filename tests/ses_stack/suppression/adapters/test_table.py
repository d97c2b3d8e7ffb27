"""SuppressionTable on moto, through the real services."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import Retrying
from ses_stack.client import Suppressions
from ses_stack.errors import ConfigurationError, TableError
from ses_stack.suppression import manual as suppressions
from ses_stack.suppression.adapters.account_turns import AccountTurns
from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.files import Defaults, entries, load
from ses_stack.suppression.manual import Work
from ses_stack.suppression.policy import Fact, FactKind, Policy, Reason, Source
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_fakes import START, Time, at
from tests.support.tables import create_table

NAME = "SuppressionTable"
POLICY = Policy()
ANN = "ann@x.org"
NOW = START.timestamp()


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table(NAME)
        yield MotoCalls(boto3.client("dynamodb"))


@pytest.fixture
def table(calls: MotoCalls) -> SuppressionTable:
    return SuppressionTable(calls, name=NAME, policy=POLICY, retrying=Retrying(sleep=lambda _: None))


@pytest.fixture
def work(table: SuppressionTable) -> Work:
    clock = Time()
    return Work(table=table, policy=POLICY, until=time.monotonic() + 30, now=clock.now, sleep=clock.sleep)


def hard(when: str = at(), recipient: str = ANN, **more: Any) -> Fact:
    told = {"reason": Reason.BOUNCE, "subtype": "NoEmail", "message_id": f"m{when}", "as_spelled": recipient.title()}
    return Fact(recipient=recipient, kind=FactKind.SUPPRESS, time=when, **{**told, **more})


def soft(when: str, recipient: str = ANN) -> Fact:
    reason = Reason.SOFT_BOUNCE
    return Fact(
        recipient=recipient, kind=FactKind.SOFT_BOUNCE, time=when, reason=reason, message_id=when, as_spelled=recipient
    )


def delivery(when: str, recipient: str = ANN) -> Fact:
    return Fact(recipient=recipient, kind=FactKind.DELIVERY, time=when, message_id=when, as_spelled=recipient)


def rows() -> dict[tuple[str, str], dict[str, Any]]:
    items = boto3.client("dynamodb").scan(TableName=NAME)["Items"]
    return {(item["recipient"]["S"], item["scope"]["S"]): dict(item) for item in items}


def test_the_rows_are_the_designs(work: Work) -> None:
    suppressions.settle(work, {ANN: [hard()]})
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


def test_a_soft_bounce_suppression_ends_in_epoch_seconds(work: Work) -> None:
    suppressions.settle(work, {ANN: [soft(at(days=day)) for day in (0, 1, 2)]})
    assert rows()[ANN, "*"]["expires_at"] == {"N": str(int(NOW) + 16 * 86_400)}
    assert rows()[ANN, "~current"]["expires_at"] == {"N": str(int(NOW) + 23 * 86_400)}


def test_facts_come_back_as_they_were(work: Work, table: SuppressionTable) -> None:
    facts = [
        hard(),
        hard(at(days=1), scope="topic:Ünter#news", reason=Reason.UNSUBSCRIBE, source=Source.IMPORT, by="op", note="n"),
        hard(at(days=2), reason=Reason.SOFT_BOUNCE, until=at(days=3), subtype=None, message_id=None),
        soft(at(days=1)),
        Fact(recipient=ANN, kind=FactKind.REMOVAL, time=at(), scope="marketing", by="op", as_spelled=ANN),
    ]
    suppressions.settle(work, {ANN: facts})
    table.put_deliveries([delivery(at(days=-2)), delivery(at(days=-1))], until=work.until)
    known, failed = table.read([ANN, "nobody@x.org"], until=work.until)
    assert failed == {}
    newest = [delivery(at(days=-1))]
    assert sorted(known[ANN].facts, key=lambda fact: fact.key) == sorted([*facts, *newest], key=lambda fact: fact.key)
    assert known["nobody@x.org"].facts == []
    assert known[ANN].current.suppressions.keys() == {"*", "topic:Ünter#news"}


def test_lifting_deletes_the_row(work: Work) -> None:
    suppressions.settle(work, {ANN: [hard()]})
    _, lifted = suppressions.remove(work, ANN, scope="*", by="op")
    assert lifted
    assert (ANN, "*") not in rows()
    assert work.table.current([ANN], until=work.until)[ANN].suppressions == {}
    suppressions.settle(work, {ANN: [hard()]})
    assert (ANN, "*") not in rows()


def test_a_transaction_takes_many_recipients_and_a_check_takes_one_call(work: Work, calls: MotoCalls) -> None:
    suppressions.settle(work, {f"p{n}@x.org": [hard(recipient=f"p{n}@x.org")] for n in range(60)})
    assert calls.made.count("TransactWriteItems") == 2
    calls.made.clear()
    addresses = [f"P{n}@x.org" for n in range(100)]
    found = suppressions.check(work.table, addresses, stream="transactional", topic=None, now=NOW, until=work.until)
    assert calls.made == ["BatchGetItem"]
    assert sum(line is not None for line in found.values()) == 60


def test_who_changes_an_old_version_reads_again(work: Work, calls: MotoCalls) -> None:
    suppressions.settle(work, {name: [hard(recipient=name)] for name in ("a@x.org", "b@x.org")})

    def interfere(operation: str) -> None:
        if operation == "TransactWriteItems":
            calls.before = lambda _: None
            suppressions.settle(work, {"a@x.org": [hard(at(days=2), "a@x.org", reason=Reason.COMPLAINT)]})

    calls.before = interfere
    new = {name: [hard(at(days=1), name)] for name in ("a@x.org", "b@x.org", "c@x.org")}
    assert suppressions.settle(work, new).failed == {}
    found = {place: row["reason"]["S"] for place, row in rows().items() if place[1] == "*"}
    assert found == {("a@x.org", "*"): "complaint", ("b@x.org", "*"): "bounce", ("c@x.org", "*"): "bounce"}
    assert len([scope for name, scope in rows() if name == "a@x.org" and scope.startswith("~fact")]) == 3


PASSING = [None, Answer(400, {"__type": "x#ThrottlingException"}), Answer(500, {})]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("operation", ["Query", "TransactWriteItems"])
def test_what_passes_is_tried_again(work: Work, calls: MotoCalls, operation: str, fault: Answer | None) -> None:
    calls.faults = [(operation, fault), (operation, fault)]
    assert suppressions.settle(work, {ANN: [hard()]}).failed == {}
    assert (ANN, "*") in rows()


def test_an_answer_that_got_lost_writes_nothing_twice(work: Work, calls: MotoCalls) -> None:
    def lose(operation: str) -> None:
        if operation == "TransactWriteItems":
            calls.before = lambda _: None
            suppressions.settle(work, {ANN: [hard()]})
            calls.faults = [("TransactWriteItems", None)]

    calls.before = lose
    assert suppressions.settle(work, {ANN: [hard()]}).failed == {}
    assert rows()[ANN, "~current"]["version"] == {"N": "1"}


def test_what_does_not_pass_is_named(work: Work, calls: MotoCalls) -> None:
    denied = Answer(400, {"__type": "com.amazon#AccessDeniedException"})
    calls.faults = [("TransactWriteItems", denied)]
    assert suppressions.settle(work, {ANN: [hard()]}).failed == {ANN: "AccessDeniedException"}
    calls.faults = [("Query", denied)]
    with pytest.raises(TableError, match="the suppression table: AccessDeniedException"):
        suppressions.known(work, ANN)
    calls.faults = [("BatchGetItem", denied)]
    with pytest.raises(TableError, match="AccessDeniedException"):
        work.table.current([ANN], until=work.until)


def test_one_bad_recipient_takes_no_other_with_it(work: Work, calls: MotoCalls) -> None:
    reasons = [{"Code": "None"}] * 3 + [{"Code": "ValidationError"}] + [{"Code": "None"}] * 2
    cancelled = Answer(400, {"__type": "TransactionCanceledException", "CancellationReasons": reasons})
    calls.faults = [("TransactWriteItems", cancelled)]
    done = suppressions.settle(work, {name: [hard(recipient=name)] for name in ("a@x.org", "b@x.org")})
    assert done.failed == {"b@x.org": "ValidationError"}
    assert {name for name, scope in rows() if scope == "*"} == {"a@x.org"}


def test_unprocessed_deliveries_and_keys_are_tried_again(work: Work, table: SuppressionTable, calls: MotoCalls) -> None:
    put = {"PutRequest": {"Item": {"recipient": {"S": ANN}, "scope": {"S": f"~received#{delivery(at()).key}"}}}}
    calls.faults = [("BatchWriteItem", Answer(200, {"UnprocessedItems": {NAME: [put]}}))]
    assert table.put_deliveries([delivery(at()), delivery(at(days=1))], until=work.until) == {}
    assert (ANN, f"~received#{delivery(at()).key}") in rows()
    suppressions.settle(work, {ANN: [hard()]})
    keys = {NAME: {"Keys": [{"recipient": {"S": ANN}, "scope": {"S": "~current"}}]}}
    calls.faults = [("BatchGetItem", Answer(200, {"Responses": {}, "UnprocessedKeys": keys}))]
    assert table.current([ANN], until=work.until).keys() == {ANN}


def test_no_time_left(calls: MotoCalls) -> None:
    late = Work(
        table=SuppressionTable(calls, name=NAME, policy=POLICY),
        policy=POLICY,
        until=time.monotonic() - 1,
        now=lambda: NOW,
    )
    calls.faults = [("Query", None)]
    assert suppressions.settle(late, {ANN: [hard()]}).failed == {ANN: "no answer"}


def test_many_pages(work: Work, table: SuppressionTable, calls: MotoCalls) -> None:
    suppressions.settle(work, {ANN: [hard(at(seconds=n), note="x" * 400) for n in range(30)]})
    start = {"recipient": {"S": ANN}, "scope": {"S": f"~fact#{hard(at(seconds=9), note='x' * 400).key}"}}
    calls.faults = [("Query", Answer(200, {"Items": [], "LastEvaluatedKey": start}))]
    known, _ = table.read([ANN], until=work.until)
    assert len(known[ANN].facts) == 20


def test_marks(work: Work, table: SuppressionTable) -> None:
    suppressions.settle(work, {ANN: [hard()]})
    table.mark(ANN, "BOUNCE", until=work.until)
    current = table.current([ANN], until=work.until)[ANN]
    assert (current.version, current.mark, list(current.suppressions)) == (2, "BOUNCE", ["*"])
    suppressions.settle(work, {ANN: [hard(at(days=1))]})
    assert table.current([ANN], until=work.until)[ANN].mark == "BOUNCE"


def test_turns_are_a_second_apart(calls: MotoCalls) -> None:
    clock = Time()
    turns = AccountTurns(calls, name=NAME, now=clock.now, retrying=Retrying(sleep=lambda _: None))
    until = time.monotonic() + 30
    assert turns.take(3, until=until) == pytest.approx(NOW)
    assert turns.take(1, until=until) == pytest.approx(NOW + 3)
    calls.faults = [("UpdateItem", None)]
    assert turns.take(1, until=until) == pytest.approx(NOW + 4)
    clock.seconds += 100
    assert turns.take(1, until=until) == pytest.approx(NOW + 100)
    calls.faults = [("UpdateItem", Answer(400, {"__type": "AccessDeniedException"}))]
    with pytest.raises(TableError):
        turns.take(1, until=until)


def test_the_list_is_read_without_the_evidence(work: Work, table: SuppressionTable) -> None:
    people = [f"p{n:02}@x.org" for n in range(40)]
    new = {
        name: [hard(recipient=name), hard(recipient=name, scope="marketing", reason=Reason.MANUAL)] for name in people
    }
    suppressions.settle(work, new)
    table.put_deliveries([delivery(at(), name) for name in people], until=work.until)
    read = SuppressionList(boto3.client("dynamodb"), name=NAME)
    assert [(line.recipient, line.scope) for line in read.lines()] == [
        (n, s) for n in people for s in ("*", "marketing")
    ]
    assert {line.scope for line in read.lines(reason="bounce")} == {"*"}
    assert len(list(read.lines(scope="marketing", reason="manual"))) == 40


def importing(work: Work, table: SuppressionTable, text: str) -> Any:
    defaults = Defaults(scope="*", reason=Reason.MANUAL, time=at(), by="op", now=NOW)
    return load(
        work,
        table,
        entries(io.BytesIO(text.encode()), defaults),
        on_bad=lambda _: None,
        on_progress=lambda _: None,
        deadline=lambda: time.monotonic() + 30,
    )


def test_a_file_can_be_loaded_again_and_undoes_no_removal(
    work: Work, table: SuppressionTable, calls: MotoCalls
) -> None:
    suppressions.settle(work, {"p3@x.org": [hard(recipient="p3@x.org")]})
    text = "address\n" + "".join(f"P{n}@x.org\n" for n in range(50)) + "p1@x.org\n"
    first = importing(work, table, text)
    assert (first.lines, first.added, first.already, first.bad) == (51, 50, 1, 0)
    suppressions.remove(work, "p7@x.org", scope="*", by="op")
    calls.made.clear()
    again = importing(work, table, text)
    assert (again.added, again.already) == (0, 51)
    assert set(calls.made) == {"BatchGetItem"}
    assert ("p7@x.org", "*") not in rows()
    assert rows()["p3@x.org", "*"]["source"] == {"S": "event"} or rows()["p3@x.org", "*"]["source"] == {"S": "import"}
    lines = [json.dumps({"address": "p7@x.org", "event_time": at(hours=1)})]
    assert importing(work, table, "\n".join(lines)).added == 1
    assert ("p7@x.org", "*") in rows()


def test_the_client_library_asks_in_one_call(work: Work) -> None:
    suppressions.settle(work, {ANN: [hard(), hard(scope="topic:news", reason=Reason.UNSUBSCRIBE)]})
    made: list[str] = []
    client = boto3.client("dynamodb")
    client.meta.events.register("before-call.dynamodb", lambda model, **_: made.append(model.name))
    asked = Suppressions(NAME, client=lambda _: client)
    found = asked.check([f"p{n}@x.org" for n in range(99)] + ["Ann <ANN@x.org>"], "transactional")
    line = found["Ann <ANN@x.org>"]
    assert line
    assert (line.reason, line.scope, line.as_spelled) == (Reason.BOUNCE, "*", "Ann@X.Org")
    assert sum(each is None for each in found.values()) == 99
    assert made == ["BatchGetItem"]
    asked.check([f"p{n}@x.org" for n in range(101)], "marketing", "news")
    assert made == ["BatchGetItem"] * 3


def test_the_client_library_needs_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"Suppressions\.for_stack, or set SES_STACK_SUPPRESSION_TABLE"):
        Suppressions()


def test_any_order_ends_in_the_same_rows(work: Work, table: SuppressionTable) -> None:
    def facts(recipient: str) -> list[Fact]:
        return [
            hard(at(days=1), recipient, reason=Reason.COMPLAINT),
            Fact(recipient=recipient, kind=FactKind.NOT_SPAM, time=at(days=2), as_spelled=recipient),
            *(soft(at(days=day), recipient) for day in (0, 3, 4, 5)),
            delivery(at(days=1), recipient),
            hard(at(days=1), recipient, scope="marketing", reason=Reason.UNSUBSCRIBE),
            Fact(recipient=recipient, kind=FactKind.OPT_IN, time=at(), scope="marketing", as_spelled=recipient),
            Fact(recipient=recipient, kind=FactKind.REMOVAL, time=at(days=2), scope="topic:news", as_spelled=recipient),
            hard(at(days=1), recipient, scope="topic:news", reason=Reason.UNSUBSCRIBE),
        ]

    for seed in range(12):
        name = f"p{seed}@x.org"
        told = facts(name) * 2
        Random(seed).shuffle(told)
        for each in told:
            if each.kind is FactKind.DELIVERY:
                table.put_deliveries([each], until=work.until)
            suppressions.settle(work, {name: [] if each.kind is FactKind.DELIVERY else [each]})
    lists = {
        frozenset(
            (scope, row["reason"]["S"], row["event_time"]["S"])
            for (n, scope), row in rows().items()
            if n == name and scope[0] != "~"
        )
        for name in (f"p{seed}@x.org" for seed in range(12))
    }
    assert lists == {frozenset({("*", "soft_bounce", at(days=5)), ("marketing", "unsubscribe", at(days=1))})}
