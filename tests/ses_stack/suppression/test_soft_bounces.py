"""Which soft bounces are evidence, and that the deliveries that are read decide as all deliveries would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.suppression.facts import Fact, FactKind
from ses_stack.suppression.soft_bounces import evidence, newest_of_group, open_question
from tests.support.suppression_facts import ANN, at, delivery, fact, removal, soft

POLICY: dict[str, Any] = {"threshold": 3, "window_days": 7}
THREE_DAYS = [at(days=day) for day in (1, 2, 3)]


def messages(*facts: Fact) -> list[str | None]:
    return [bounce.message_id for bounce in evidence(facts)]


def three(subtype: str) -> list[Fact]:
    return [soft(time, f"m{number}", subtype=subtype) for number, time in enumerate(THREE_DAYS)]


def own_deliveries(**shift: float) -> list[Fact]:
    return [delivery(at(days=day, **shift), f"m{number}") for number, day in enumerate((1, 2, 3))]


@pytest.mark.parametrize("subtype", ["General", "CustomTimeoutExceeded", "MailboxFull"])
def test_a_soft_bounce_of_a_message_that_was_not_delivered_is_evidence(subtype: str) -> None:
    assert messages(*three(subtype)) == ["m0", "m1", "m2"]


@pytest.mark.parametrize("seconds", [-600_000, -60, -0.001, 0, 0.023, 60, 600_000])
class TestADeliveredMessage:
    """`seconds`: how long after its soft bounce the Delivery is dated."""

    @pytest.mark.parametrize("subtype", ["General", "CustomTimeoutExceeded"])
    def test_gives_no_evidence(self, subtype: str, seconds: float) -> None:
        assert messages(*three(subtype), *own_deliveries(seconds=seconds)) == []

    def test_gives_evidence_if_the_mailbox_is_reported_full(self, seconds: float) -> None:
        assert messages(*three("MailboxFull"), *own_deliveries(seconds=seconds)) == ["m0", "m1", "m2"]


def test_the_delivery_of_another_message_makes_older_soft_bounces_invalid() -> None:
    assert messages(*three("MailboxFull"), delivery(at(days=2))) == ["m1", "m2"], "of the same moment: not older"
    assert messages(*three("MailboxFull"), delivery(at(days=4))) == []


def test_a_delivery_that_is_reported_undeliverable_makes_nothing_invalid() -> None:
    full = soft(at(days=4, seconds=60), "m9")
    assert messages(*three("General"), delivery(at(days=4), "m9"), full) == ["m0", "m1", "m2", "m9"]
    replied = soft(at(days=4, seconds=60), "m9", subtype="General")
    assert messages(*three("General"), delivery(at(days=4), "m9"), replied) == []


def test_a_bounce_and_a_delivery_weeks_apart_do_not_belong_together() -> None:
    bounce = soft(at(days=20), "m1", subtype="General")
    assert messages(bounce, delivery(at(days=6), "m1")) == []
    assert messages(bounce, delivery(at(days=6, seconds=-1), "m1")) == ["m1"]


def test_a_message_without_an_id_is_nobodys_delivery() -> None:
    bounce = fact(FactKind.SOFT_BOUNCE, at(days=1), subtype="General")
    assert evidence([bounce, fact(FactKind.DELIVERY, at())]) == [bounce]


def test_a_message_counts_once_with_its_newest_bounce() -> None:
    bounces = [soft(at(days=1), "m1"), soft(at(days=2), "m1", subtype="General")]
    assert evidence(bounces) == bounces[1:]
    assert evidence([*bounces, delivery(at(), "m1")]) == bounces[:1], "the other one is contradicted"


def test_a_removal_makes_older_soft_bounces_invalid() -> None:
    assert messages(*three("General"), removal(at(days=2))) == ["m1", "m2"]
    assert messages(*three("General"), removal(at(days=9), "marketing")) == ["m0", "m1", "m2"]


def test_the_newest_of_a_group() -> None:
    bounces = three("General")
    assert newest_of_group(bounces, **POLICY) == bounces[2]
    assert newest_of_group(bounces[1:], **POLICY) is None
    assert newest_of_group([*bounces[1:], soft(at(days=8.5))], **POLICY) == soft(at(days=8.5))
    assert newest_of_group([*bounces[1:], soft(at(days=10))], **POLICY) is None, "over more than a window"


def test_a_delivery_makes_no_group_of_an_older_bounce_of_its_message() -> None:
    """Without the delivery, the newest bounce of m2 is a week later than the others. It was no group only with that."""
    bounces = [soft(at(), "m1"), soft(at(), "m3"), soft(at(), "m2"), soft(at(days=7.25), "m2", subtype="General")]
    for deliveries in ([], [delivery(at(), "m2")]):
        found = newest_of_group([*bounces, *deliveries], **POLICY)
        assert found
        assert found.time == at()


class TestTheDeliveriesToRead:
    def test_are_none_without_enough_evidence(self) -> None:
        assert open_question(three("General")[1:], **POLICY) is None
        assert open_question([*three("General"), delivery(at(days=9))], **POLICY) is None

    def test_begin_two_weeks_before_the_oldest_evidence(self) -> None:
        question = open_question(three("General"), **POLICY)
        assert question
        assert question.since == at(days=1 - 14)
        assert question.message_ids == {"m0", "m1", "m2"}

    def test_begin_with_the_epoch_at_the_earliest(self) -> None:
        ancient = [soft(f"0001-01-0{day}T00:00:00.000Z") for day in (1, 2, 3)]
        question = open_question(ancient, **POLICY)
        assert question
        assert question.since == "1970-01-01T00:00:00.000Z"

    def test_are_those_of_soft_bounced_messages_and_the_newest_other(self) -> None:
        question = open_question(three("General"), **POLICY)
        assert question
        old, new, own = delivery(at(days=-1)), delivery(at()), delivery(at(days=-3), "m1")
        assert question.relevant([new, old, own]) == [own, new]
        assert question.relevant([]) == []


TIMES = st.integers(0, 80).map(lambda hours: at(hours=6 * hours))
IDS = st.sampled_from(["m1", "m2", "m3", "m4", "m5"])
BOUNCES = st.builds(soft, TIMES, IDS, st.just(ANN), st.sampled_from(["General", "MailboxFull"]))
DELIVERIES = st.one_of(st.builds(delivery, TIMES, IDS), st.builds(delivery, TIMES))


@given(st.lists(st.one_of(BOUNCES, st.builds(removal, TIMES)), max_size=12), st.lists(DELIVERIES, max_size=10))
@settings(max_examples=500)
def test_the_deliveries_that_are_read_decide_as_all_would(facts: list[Fact], deliveries: list[Fact]) -> None:
    read = list(facts)
    if open_question(read, **POLICY):
        read += sorted(deliveries, key=lambda each: each.key)[-1:]
    if question := open_question(read, **POLICY):
        read += question.relevant(each for each in deliveries if each.time >= question.since)
    assert newest_of_group(read, **POLICY) == newest_of_group([*facts, *deliveries], **POLICY)


@given(st.lists(st.one_of(BOUNCES, st.builds(removal, TIMES)), max_size=12), st.lists(DELIVERIES, max_size=10))
@settings(max_examples=500)
def test_reading_the_newest_first_until_the_question_is_answered_decides_as_all_would(
    facts: list[Fact], deliveries: list[Fact]
) -> None:
    found: list[Fact] = []
    if question := open_question(facts, **POLICY):
        for each in sorted(deliveries, key=lambda each: each.key, reverse=True):
            if each.time < question.since or question.is_answered_by(found):
                break
            found = question.relevant([*found, each])
    assert newest_of_group([*facts, *found], **POLICY) == newest_of_group([*facts, *deliveries], **POLICY)
