"""Facts and their keys."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from tests.support.suppression_facts import ANN, at, hard


def test_the_key_is_the_time_the_kind_and_a_hash() -> None:
    assert re.fullmatch(r"2026-11-24T06:10:00\.000Z#suppress#[0-9a-f]{16}", hard(at()).key)


def test_the_key_never_changes_because_tables_have_it() -> None:
    fact = Fact(recipient="a@x.org", kind=FactKind.REMOVAL, time="2026-11-24T06:10:00.000Z", as_spelled="a@x.org")
    assert fact.key == "2026-11-24T06:10:00.000Z#removal#a1934311534ab56a"


def test_the_same_fact_has_the_same_key() -> None:
    assert hard(at()).key == hard(at()).key
    assert hard(at(), as_spelled="Ann.Lee@Example.org", by="op").key == hard(at()).key, "spelling and operator"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "marketing"},
        {"reason": Reason.COMPLAINT},
        {"subtype": "NoEmail"},
        {"source": Source.IMPORT},
        {"message_id": "m2"},
        {"note": "by phone"},
        {"until": at(days=1)},
        {"kind": FactKind.NOTED},
        {"time": at(seconds=1)},
    ],
)
def test_another_fact_has_another_key(change: dict[str, Any]) -> None:
    assert replace(hard(at()), **change).key != hard(at()).key


def test_a_fact_is_of_an_event_and_of_all_mail_unless_it_says_otherwise() -> None:
    fact = Fact(recipient=ANN, kind=FactKind.DELIVERY, time=at(), as_spelled=ANN)
    assert (fact.scope, fact.source, fact.reason) == ("*", Source.EVENT, None)


def test_a_text_that_utf_8_cannot_write_has_a_key() -> None:
    assert hard(at(), note="\ud800").key
