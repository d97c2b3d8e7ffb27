"""Rows of SuppressionTable, written and read back."""

from __future__ import annotations

import pytest

from ses_stack.suppression.adapters.rows import (
    SHARDS,
    current_item,
    current_of,
    fact_item,
    fact_key,
    fact_of,
    list_item,
    row_key,
    shard_of,
    state_of_rows,
    suppression_of,
)
from ses_stack.suppression.facts import Fact, Reason, Source
from ses_stack.suppression.list_changes import CurrentList, RecipientState
from ses_stack.suppression.policy import Policy, Suppression
from tests.support.suppression_facts import ANN, NOW, at, delivery, hard, not_spam, opt_in, removal, soft

POLICY = Policy()
LINE = Suppression(
    recipient=ANN,
    scope="topic:news",
    reason=Reason.SOFT_BOUNCE,
    event_time=at(),
    source=Source.IMPORT,
    as_spelled="Ann.Lee@example.org",
    subtype="MailboxFull",
    message_id="m1",
    expires_at=int(NOW) + 5,
)


@pytest.mark.parametrize(
    "fact",
    [
        hard(at()),
        hard(at(), Reason.UNSUBSCRIBE, "topic:Ünter#news", source=Source.IMPORT, by="op", note="n#1"),
        hard(at(), Reason.SOFT_BOUNCE, until=at(days=3), message_id=None),
        hard(at(), as_spelled="Ann.Lee@Example.org"),
        soft(at()),
        delivery(at()),
        removal(at(), "marketing"),
        opt_in(at()),
        not_spam(at()),
    ],
)
def test_a_fact_comes_back_as_it_was(fact: Fact) -> None:
    row = fact_item(fact, POLICY)
    assert fact_of(row) == fact
    assert fact_of(row).key == fact.key


def test_default_values_are_not_stored() -> None:
    assert fact_item(hard(at(), message_id=None), POLICY) == {
        "recipient": {"S": ANN},
        "scope": {"S": fact_key(hard(at(), message_id=None))},
        "reason": {"S": "bounce"},
    }


def test_deliveries_have_a_prefix_of_their_own() -> None:
    assert fact_key(delivery(at())) == f"~received#{delivery(at()).key}"
    assert fact_key(soft(at())) == f"~fact#{soft(at()).key}"


def test_evidence_expires_and_other_facts_do_not() -> None:
    assert fact_item(soft(at()), POLICY)["expires_at"] == {"N": str(int(NOW) + 35 * 86_400)}
    assert "expires_at" not in fact_item(hard(at()), POLICY)


def test_a_line_comes_back_as_it_was() -> None:
    row = list_item(LINE)
    assert row["shard"] == {"S": shard_of(ANN)}
    assert suppression_of(row, recipient=ANN, scope="topic:news") == LINE


def test_shards_are_two_digits_and_all_used() -> None:
    shards = {shard_of(f"p{number}@x.org") for number in range(500)}
    assert shards == {f"{number:02}" for number in range(SHARDS)}


def test_a_current_list_comes_back_as_it_was() -> None:
    current = CurrentList(version=7, suppressions={LINE.scope: LINE}, account_list_state="BOUNCE")
    row = current_item(ANN, current, until=99)
    assert current_of(row) == current
    assert (row["scope"], row["mark"], row["version"], row["expires_at"]) == (
        {"S": "~current"},
        {"S": "BOUNCE"},
        {"N": "7"},
        {"N": "99"},
    )
    assert current_item(ANN, CurrentList(version=1), until=None).keys() == {"recipient", "scope", "version", "list"}


def test_a_current_row_without_a_list() -> None:
    """The row that storing an account-list state makes for a recipient without facts."""
    row = {**row_key(ANN, "~current"), "version": {"N": "1"}, "mark": {"S": "off"}}
    assert current_of(row) == CurrentList(version=1, account_list_state="off")


def test_a_recipients_rows_are_its_state() -> None:
    current = CurrentList(version=1, suppressions={LINE.scope: LINE})
    rows = [current_item(ANN, current, until=None), fact_item(soft(at()), POLICY), fact_item(delivery(at()), POLICY)]
    assert state_of_rows(rows) == RecipientState(current=current, facts=[soft(at()), delivery(at())])
    assert state_of_rows([]) == RecipientState(facts=[])
