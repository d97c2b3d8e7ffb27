"""Which suppressions follow from facts, and what must hold of any facts."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.suppression.account.account_list import account_target
from ses_stack.suppression.facts import Fact, Reason, Source
from ses_stack.suppression.policy import Policy, blocking, derive, expires_at
from tests.support.suppression_facts import NOW, START, at, delivery, hard, not_spam, opt_in, removal, soft

POLICY = Policy()


def reasons(suppressions: Any) -> dict[str, str]:
    return {scope: line.reason.value for scope, line in suppressions.items()}


def listed(*facts: Fact, now: float = NOW) -> dict[str, str]:
    return reasons(derive(facts, POLICY, now))


def test_three_messages_in_seven_days_suppress_for_fourteen() -> None:
    facts = [soft(at(days=0)), soft(at(days=3)), soft(at(days=7))]
    line = derive(facts, POLICY, NOW)["*"]
    assert (line.reason, line.event_time) == (Reason.SOFT_BOUNCE, at(days=7))
    end = (START.timestamp()) + 21 * 86_400
    assert line.expires_at == end
    assert line.active(end - 1)
    assert derive(facts, POLICY, end) == {}, (
        "what has expired is not on the list, whether or not its row is still there"
    )


def test_what_is_too_little_evidence() -> None:
    assert listed(soft(at(days=0)), soft(at(days=3))) == {}
    assert listed(soft(at(days=0)), soft(at(days=3)), soft(at(days=7, seconds=1))) == {}, "over more than seven days"
    assert listed(soft(at(days=0), "a"), soft(at(days=1), "a"), soft(at(days=2), "b")) == {}, "of two messages only"


def test_the_latest_group_counts() -> None:
    facts = [soft(at(days=day)) for day in (0, 1, 2, 5)]
    assert derive(facts, POLICY, NOW)["*"].event_time == at(days=5)
    lonely = [*facts, soft(at(days=20))]
    assert derive(lonely, POLICY, NOW)["*"].event_time == at(days=5)


def test_a_delivery_makes_older_evidence_worthless() -> None:
    evidence = [soft(at(days=0)), soft(at(days=1)), soft(at(days=2))]
    assert listed(*evidence, delivery(at(days=1, seconds=1))) == {}
    assert listed(*evidence, delivery(at(days=3))) == {}, "it lifts what rested on it"
    assert listed(*evidence, delivery(at(days=-1))) == {"*": "soft_bounce"}
    assert listed(*evidence, delivery(at(days=0))) == {"*": "soft_bounce"}, "of the same moment: not older"
    assert listed(hard(at(days=0)), delivery(at(days=3))) == {"*": "bounce"}, "and nothing else"


def test_a_removal_holds_against_what_is_older() -> None:
    assert listed(hard(at(days=0)), removal(at(days=1))) == {}
    assert listed(hard(at(days=2)), removal(at(days=1))) == {"*": "bounce"}
    assert listed(hard(at(days=1)), removal(at(days=1))) == {"*": "bounce"}, "of the same moment: not older"
    assert listed(hard(at(days=0)), removal(at(days=1), "marketing")) == {"*": "bounce"}, "another scope"
    evidence = [soft(at(days=0)), soft(at(days=1)), soft(at(days=2))]
    assert listed(*evidence, removal(at(days=1, seconds=1))) == {}


def test_not_spam_lifts_an_older_complaint_only() -> None:
    complained = hard(at(days=0), Reason.COMPLAINT)
    assert listed(complained, not_spam(at(days=1))) == {}
    assert listed(complained, not_spam(at(days=-1))) == {"*": "complaint"}
    assert listed(hard(at(days=0)), not_spam(at(days=1))) == {"*": "bounce"}
    assert listed(complained, hard(at(days=-3)), not_spam(at(days=1))) == {"*": "bounce"}, "another reason remains"


def test_the_newest_choice_wins_and_ties_protect() -> None:
    out = hard(at(days=1), Reason.UNSUBSCRIBE, "marketing")
    assert listed(out, opt_in(at(days=2))) == {}
    assert listed(out, opt_in(at(days=0))) == {"marketing": "unsubscribe"}
    assert listed(out, opt_in(at(days=1))) == {"marketing": "unsubscribe"}
    assert listed(out, opt_in(at(days=2), "topic:news")) == {"marketing": "unsubscribe"}
    by_hand = hard(at(days=1), Reason.MANUAL, "marketing", source=Source.MANUAL)
    assert listed(by_hand, opt_in(at(days=2))) == {"marketing": "manual"}, "an operator's word is for operators to lift"


def test_the_weightiest_reason_is_told() -> None:
    evidence = [soft(at(days=day)) for day in (0, 1, 2)]
    assert listed(*evidence, hard(at(days=-9))) == {"*": "bounce"}, "what lasts"
    echo = hard(at(days=5), subtype="OnAccountSuppressionList")
    assert derive([hard(at(days=0), subtype="NoEmail"), echo], POLICY, NOW)["*"].subtype == "NoEmail", "the cause"
    assert derive([hard(at(days=0)), hard(at(days=1))], POLICY, NOW)["*"].event_time == at(days=1), "the newest"


def test_what_can_be_forgotten() -> None:
    day = 86_400
    assert expires_at(soft(at(days=0)), POLICY) == NOW + (7 + 14 + 14) * day
    assert expires_at(delivery(at(days=0)), POLICY) == NOW + (7 + 14 + 14) * day
    assert all(expires_at(each, POLICY) is None for each in (hard(at()), removal(at()), opt_in(at()), not_spam(at())))
    assert expires_at(hard(at(), Reason.SOFT_BOUNCE, until=at(days=1)), POLICY) == NOW + day


def test_an_imported_soft_bounce_suppression_ends() -> None:
    imported = hard(at(), Reason.SOFT_BOUNCE, until=at(days=1), source=Source.IMPORT)
    assert listed(imported) == {"*": "soft_bounce"}
    assert listed(imported, now=NOW + 86_400) == {}
    assert account_target([imported], None) is None


def test_what_blocks() -> None:
    everything = derive([hard(at())], POLICY, NOW)
    marketing = derive([hard(at(), Reason.UNSUBSCRIBE, "marketing")], POLICY, NOW)
    topic = derive([hard(at(), Reason.UNSUBSCRIBE, "topic:news")], POLICY, NOW)
    expiring = derive([soft(at(days=day)) for day in (0, 1, 2)], POLICY, NOW)

    def blocks(lines: Any, stream: str, topic: str | None = None, now: float = NOW) -> bool:
        return blocking(lines, stream=stream, topic=topic, now=now) is not None

    assert all(blocks(everything, stream) for stream in ("transactional", "marketing", "default"))
    assert [blocks(marketing, s) for s in ("transactional", "marketing", "default")] == [False, True, False]
    assert [blocks(topic, "marketing", t) for t in ("news", "offers", None)] == [True, False, False]
    assert [blocks(expiring, "marketing", now=NOW + days * 86_400) for days in (15, 16)] == [True, False]


# Properties

TIMES = st.integers(0, 80).map(lambda hours: at(hours=6 * hours))
MESSAGES = st.sampled_from(["m1", "m2", "m3", "m4", "m5"])


@st.composite
def some_facts(draw: st.DrawFn) -> Fact:
    time = draw(TIMES)
    return draw(
        st.sampled_from(
            [
                soft(time, draw(MESSAGES)),
                soft(time, draw(MESSAGES), subtype=draw(st.sampled_from(["General", "CustomTimeoutExceeded"]))),
                delivery(time),
                delivery(time, draw(MESSAGES)),
                removal(time, draw(st.sampled_from(["*", "marketing"]))),
                hard(time, draw(st.sampled_from([Reason.BOUNCE, Reason.COMPLAINT, Reason.MANUAL]))),
                hard(time, Reason.UNSUBSCRIBE, draw(st.sampled_from(["marketing", "topic:news"]))),
                opt_in(time, draw(st.sampled_from(["marketing", "topic:news"]))),
                not_spam(time),
            ]
        )
    )


@given(st.lists(some_facts(), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_neither_order_nor_repetition_matters(facts: list[Fact], chance: Any) -> None:
    repeated = [each for fact in facts for each in [fact] * chance.randint(1, 3)]
    chance.shuffle(repeated)
    assert derive(repeated, POLICY, NOW) == derive(facts, POLICY, NOW)


@given(st.lists(some_facts(), max_size=12), TIMES, MESSAGES)
@settings(max_examples=300)
def test_a_delivery_never_suppresses(facts: list[Fact], time: str, message: str) -> None:
    """So only a list that rests on soft bounces must be derived again after a delivery."""
    before = derive(facts, POLICY, NOW)
    after = derive([*facts, delivery(time, message)], POLICY, NOW)
    assert after.keys() <= before.keys()
    assert all(after[scope] == before[scope] or before[scope].reason is Reason.SOFT_BOUNCE for scope in after)


def listed_without_expired_facts(facts: list[Fact], day: int) -> dict[str, str]:
    now = NOW + day * 86_400
    living = [fact for fact in facts if (end := expires_at(fact, POLICY)) is None or end > now]
    return listed(*living, now=now)


def test_a_delivery_is_kept_while_its_late_bounce_matters() -> None:
    late = soft(at(days=14), "m1", subtype="General")
    facts = [delivery(at(days=0), "m1"), late, soft(at(days=15)), soft(at(days=21))]
    assert [listed_without_expired_facts(facts, day) for day in range(21, 50)] == [{}] * 29


def test_a_report_of_a_full_mailbox_is_kept_while_its_delivery_matters() -> None:
    evidence = [soft(at(days=day)) for day in (12.5, 13, 13.5)]
    facts = [soft(at(days=0), "m1"), delivery(at(days=14), "m1"), *evidence]
    suppressed = [listed_without_expired_facts(facts, day) for day in range(14, 28)]
    assert suppressed == [{"*": "soft_bounce"}] * 14
    assert listed_without_expired_facts(facts, 28) == {}


@given(st.lists(some_facts(), max_size=12))
@settings(max_examples=300)
def test_facts_that_expired_change_nothing_that_holds(facts: list[Fact]) -> None:
    """DynamoDB forgets them one by one, in any order, hours or days late."""
    for day in range(0, 60, 3):
        now = NOW + day * 86_400
        living = [fact for fact in facts if (end := expires_at(fact, POLICY)) is None or end > now]
        assert derive(living, POLICY, now) == derive(facts, POLICY, now)
