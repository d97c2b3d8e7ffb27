"""The design's table, row by row, and what must hold of any facts."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.errors import FieldError, RecordError, ScopeError
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.feedback import facts_of
from ses_stack.suppression.policy import (
    Fact,
    FactKind,
    Policy,
    Reason,
    Source,
    account_target,
    blocking,
    checked_scope,
    checked_stream,
    derive,
    expires_at,
)
from tests.support import payloads
from tests.support.suppression_fakes import START, at

POLICY = Policy()
NOW = START.timestamp()
ANN = "ann.lee@example.org"

EVERYTHING_BY_BOUNCE = {"*": "bounce"}
EVERYTHING_BY_COMPLAINT = {"*": "complaint"}
NOTHING: dict[str, str] = {}
IN_SES_AS_BOUNCE, IN_SES_AS_COMPLAINT, LEFT_ALONE = "BOUNCE", "COMPLAINT", None


def parsed(record: dict[str, Any]) -> list[Fact]:
    feedback = ses_feedback.parse(json.dumps(payloads.envelope(record)))
    return facts_of(feedback) if feedback else []


def bounce(kind: str, subtype: str, **changes: Any) -> dict[str, Any]:
    return payloads.bounce(bounceType=kind, bounceSubType=subtype, **changes)


def complaint(**changes: Any) -> dict[str, Any]:
    return payloads.complaint(**changes)


TWO = [{"emailAddress": "ann.lee@example.org"}, {"emailAddress": "bob@example.org"}]
SAME_TWICE = [{"emailAddress": "Ann.Lee@example.org"}, {"emailAddress": "ann.lee@EXAMPLE.org"}]

# event, the list that follows, what SES's list is made to say, and the facts that are recorded
TABLE = [
    (bounce("Permanent", "General"), EVERYTHING_BY_BOUNCE, IN_SES_AS_BOUNCE, ["suppress"]),
    (bounce("Permanent", "NoEmail"), EVERYTHING_BY_BOUNCE, IN_SES_AS_BOUNCE, ["suppress"]),
    (bounce("Permanent", "Suppressed"), EVERYTHING_BY_BOUNCE, IN_SES_AS_BOUNCE, ["suppress"]),
    (bounce("Permanent", "EmailValidationSuppressed"), EVERYTHING_BY_BOUNCE, IN_SES_AS_BOUNCE, ["suppress"]),
    (bounce("Permanent", "OnAccountSuppressionList"), EVERYTHING_BY_BOUNCE, LEFT_ALONE, ["suppress"]),
    (bounce("Permanent", "OnTenantSuppressionList"), NOTHING, LEFT_ALONE, ["noted"]),
    (bounce("Permanent", "AddedByAmazonLater"), NOTHING, LEFT_ALONE, ["noted"]),
    (bounce("Transient", "General"), NOTHING, LEFT_ALONE, ["soft_bounce"]),
    (bounce("Transient", "MailboxFull"), NOTHING, LEFT_ALONE, ["soft_bounce"]),
    (bounce("Transient", "CustomTimeoutExceeded"), NOTHING, LEFT_ALONE, ["soft_bounce"]),
    (bounce("Transient", "MessageTooLarge"), NOTHING, LEFT_ALONE, []),
    (bounce("Transient", "ContentRejected"), NOTHING, LEFT_ALONE, []),
    (bounce("Transient", "AttachmentRejected"), NOTHING, LEFT_ALONE, []),
    (bounce("Undetermined", "Undetermined"), NOTHING, LEFT_ALONE, []),
    (payloads.delivery(), NOTHING, LEFT_ALONE, ["delivery"]),
    (complaint(), EVERYTHING_BY_COMPLAINT, IN_SES_AS_COMPLAINT, ["suppress"]),
    (complaint(complaintFeedbackType=None), EVERYTHING_BY_COMPLAINT, IN_SES_AS_COMPLAINT, ["suppress"]),
    (complaint(complaintFeedbackType="fraud"), EVERYTHING_BY_COMPLAINT, IN_SES_AS_COMPLAINT, ["suppress"]),
    (complaint(complainedRecipients=SAME_TWICE), EVERYTHING_BY_COMPLAINT, IN_SES_AS_COMPLAINT, ["suppress"]),
    (complaint(complaintSubType="OnAccountSuppressionList"), EVERYTHING_BY_COMPLAINT, LEFT_ALONE, ["suppress"]),
    (complaint(complainedRecipients=TWO), NOTHING, LEFT_ALONE, ["possible_complaint", "possible_complaint"]),
    (complaint(complaintFeedbackType="not-spam"), NOTHING, LEFT_ALONE, ["not_spam"]),
    (complaint(complaintFeedbackType="not-spam", complainedRecipients=TWO), NOTHING, LEFT_ALONE, ["noted", "noted"]),
    (
        payloads.subscription(newTopicPreferences=payloads.preferences(everything=True)),
        {"marketing": "unsubscribe"},
        LEFT_ALONE,
        ["suppress"],
    ),
    (
        payloads.subscription(newTopicPreferences=payloads.preferences(offers="OptOut", news="OptIn")),
        {"topic:offers": "unsubscribe"},
        LEFT_ALONE,
        ["opt_in", "opt_in", "suppress"],
    ),
    (payloads.subscription(newTopicPreferences={"unsubscribeAll": False}), NOTHING, LEFT_ALONE, ["opt_in"]),
    (payloads.send(), NOTHING, LEFT_ALONE, []),
    (payloads.reject(), NOTHING, LEFT_ALONE, []),
    (payloads.delivery_delay(), NOTHING, LEFT_ALONE, []),
    (payloads.opened(), NOTHING, LEFT_ALONE, []),
    (payloads.click(), NOTHING, LEFT_ALONE, []),
    (payloads.rendering_failure(), NOTHING, LEFT_ALONE, []),
]


@pytest.mark.parametrize(("record", "listed", "in_ses", "kinds"), TABLE)
def test_the_table(record: dict[str, Any], listed: dict[str, str], in_ses: str | None, kinds: list[str]) -> None:
    facts = parsed(record)
    assert sorted(fact.kind for fact in facts) == kinds
    assert reasons(derive(facts, POLICY, NOW)) == listed
    target = account_target(facts, None)
    assert (target and target.reason) == in_ses
    assert target is None or target.addresses == ["Ann.Lee@example.org"], "SES's list wants the case as spelled"


def reasons(suppressions: Any) -> dict[str, str]:
    return {scope: line.reason.value for scope, line in suppressions.items()}


def test_a_suppression_can_be_explained() -> None:
    line = derive(parsed(bounce("Permanent", "NoEmail")), POLICY, NOW)["*"]
    assert (line.recipient, line.as_spelled, line.subtype) == (ANN, "Ann.Lee@example.org", "NoEmail")
    assert (line.event_time, line.message_id) == ("2026-11-24T06:10:03.001Z", payloads.MESSAGE_ID)
    assert (line.source, line.expires_at) == (Source.EVENT, None)


def test_a_bounce_that_names_several_suppresses_each() -> None:
    facts = parsed(
        bounce("Permanent", "General", bouncedRecipients=[payloads.bounced("a@x.org"), payloads.bounced("b@x.org")])
    )
    assert [fact.recipient for fact in sorted(facts, key=lambda fact: fact.recipient)] == ["a@x.org", "b@x.org"]


def test_an_event_that_names_nobody_is_about_the_only_recipient() -> None:
    assert [fact.recipient for fact in parsed(bounce("Permanent", "General", bouncedRecipients=[]))] == [ANN]
    several = {"destination": ["a@x.org", "b@x.org"]}
    assert parsed(bounce("Permanent", "General", bouncedRecipients=[], mail=several)) == []


def test_an_unsubscription_from_a_message_to_several_is_nobodys() -> None:
    assert parsed(payloads.subscription(mail={"destination": ["a@x.org", "b@x.org"]})) == []


def test_identity_feedback_is_the_same_fact() -> None:
    record = bounce("Permanent", "General")
    notification = {**record, "notificationType": "Bounce"}
    del notification["eventType"]
    feedback = ses_feedback.parse(json.dumps(notification))
    assert feedback
    assert facts_of(feedback) == parsed(record)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bounceType": None}, "bounce.bounceType has the wrong kind or size: null"),
        ({"timestamp": "yesterday"}, "bounce.timestamp is not an ISO-8601 time"),
        ({"bouncedRecipients": [{"emailAddress": ""}]}, "emailAddress has the wrong kind or size"),
    ],
)
def test_what_makes_no_sense_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(FieldError, match=told):
        parsed(payloads.bounce(**change))


def test_an_opt_out_is_never_dropped_silently() -> None:
    with pytest.raises(FieldError, match="subscriptionStatus is neither OptIn nor OptOut") as error:
        parsed(payloads.subscription(newTopicPreferences=payloads.preferences(offers="Perhaps")))
    assert "Perhaps" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_json_parses_or_fails_with_a_name(value: Any) -> None:
    for body in (json.dumps(value), json.dumps({"eventType": "Bounce", "mail": value, "bounce": value})):
        with contextlib.suppress(RecordError):
            ses_feedback.parse(body)


# Facts over time


def fact(kind: FactKind, time: str, **more: Any) -> Fact:
    return Fact(**{"recipient": ANN, "kind": kind, "time": time, "as_spelled": ANN, **more})


def soft(time: str, message: str = "") -> Fact:
    return fact(
        FactKind.SOFT_BOUNCE, time, reason=Reason.SOFT_BOUNCE, message_id=message or time, subtype="MailboxFull"
    )


def delivery(time: str) -> Fact:
    return fact(FactKind.DELIVERY, time, message_id=f"d{time}")


def removal(time: str, scope: str = "*") -> Fact:
    return fact(FactKind.REMOVAL, time, scope=scope, source=Source.MANUAL, by="op")


def hard(time: str, reason: Reason = Reason.BOUNCE, scope: str = "*", **more: Any) -> Fact:
    return fact(FactKind.SUPPRESS, time, reason=reason, scope=scope, **{"message_id": f"m{time}", **more})


def opt_in(time: str, scope: str = "marketing") -> Fact:
    return fact(FactKind.OPT_IN, time, scope=scope, reason=Reason.UNSUBSCRIBE)


def not_spam(time: str) -> Fact:
    return fact(FactKind.NOT_SPAM, time, reason=Reason.COMPLAINT)


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
    assert expires_at(soft(at(days=0)), POLICY) == NOW + 21 * day
    assert expires_at(delivery(at(days=0)), POLICY) == NOW + 21 * day
    assert all(expires_at(each, POLICY) is None for each in (hard(at()), removal(at()), opt_in(at()), not_spam(at())))
    assert expires_at(hard(at(), Reason.SOFT_BOUNCE, until=at(days=1)), POLICY) == NOW + day


def test_an_imported_soft_bounce_suppression_ends() -> None:
    imported = hard(at(), Reason.SOFT_BOUNCE, until=at(days=1), source=Source.IMPORT)
    assert listed(imported) == {"*": "soft_bounce"}
    assert listed(imported, now=NOW + 86_400) == {}
    assert account_target([imported], None) is None


def test_what_ses_should_be_told() -> None:
    first, second = hard(at(), as_spelled="Ann@x.org"), hard(at(days=1), as_spelled="ANN@x.org")

    def target(*facts: Fact, mark: str | None = None) -> tuple[str | None, Sequence[str]] | None:
        found = account_target(facts, mark)
        return found and (found.reason, found.addresses)

    assert target(first, second) == ("BOUNCE", ["ANN@x.org"])
    assert target(first, second, mark="BOUNCE") is None, "once is enough"
    complained = hard(at(days=2), Reason.COMPLAINT, as_spelled="Ann@x.org")
    assert target(first, complained, mark="BOUNCE") == ("COMPLAINT", ["Ann@x.org"])
    assert target(complained, not_spam(at(days=3)), mark="COMPLAINT") == (None, ["Ann@x.org"]), "comes off again"
    assert target(complained, not_spam(at(days=3))) == (None, ["Ann@x.org"]), "SES lists complaints by itself too"
    assert target(complained, not_spam(at(days=3)), mark="off") is None
    assert target(complained, first, not_spam(at(days=3)), mark="COMPLAINT") == ("BOUNCE", ["Ann@x.org"])
    assert target(first, removal(at(days=3)), mark="BOUNCE") == (None, ["Ann@x.org"])
    assert target(first, removal(at(days=3))) is None
    assert target(hard(at(), Reason.MANUAL, source=Source.MANUAL)) is None
    assert target(not_spam(at())) is None


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


@pytest.mark.parametrize("scope", ["*", "transactional", "marketing", "default", "topic:news", "topic:Ünter news"])
def test_scopes(scope: str) -> None:
    assert checked_scope(scope) == scope


@pytest.mark.parametrize("scope", ["", "marketting", "topic:", "topic", "topic:\n", "topic:" + "x" * 201, "y" * 9999])
def test_no_scopes(scope: str) -> None:
    with pytest.raises(ScopeError, match=r"there is no scope .* topic:NAME$") as error:
        checked_scope(scope)
    assert len(str(error.value)) < 160


def test_no_stream() -> None:
    assert checked_stream("marketing") == "marketing"
    with pytest.raises(ScopeError, match="there is no stream 'topic:x'"):
        checked_stream("topic:x")


# Properties

TIMES = st.integers(0, 40).map(lambda hours: at(hours=6 * hours))
MESSAGES = st.sampled_from(["m1", "m2", "m3", "m4", "m5"])


@st.composite
def some_facts(draw: st.DrawFn) -> Fact:
    time = draw(TIMES)
    return draw(
        st.sampled_from(
            [
                soft(time, draw(MESSAGES)),
                delivery(time),
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


@given(st.lists(some_facts(), max_size=12))
@settings(max_examples=300)
def test_facts_that_expired_change_nothing_that_holds(facts: list[Fact]) -> None:
    """DynamoDB forgets them one by one, in any order, hours or days late."""
    for day in range(0, 40, 5):
        now = NOW + day * 86_400
        living = [fact for fact in facts if (end := expires_at(fact, POLICY)) is None or end > now]
        assert derive(living, POLICY, now) == derive(facts, POLICY, now)


@given(st.lists(TIMES, min_size=1, max_size=6))
def test_an_opt_out_never_touches_transactional_mail(times: list[str]) -> None:
    choices = [payloads.preferences(everything=True), payloads.preferences(news="OptOut", offers="OptOut")]
    facts = [
        fact
        for time, choice in zip(times, itertools.cycle(choices), strict=False)
        for fact in parsed(payloads.subscription(timestamp=time, newTopicPreferences=choice))
    ]
    lines = derive(facts, POLICY, NOW)
    assert not {"*", "transactional", "default"} & lines.keys()
    assert blocking(lines, stream="transactional", topic=None, now=NOW) is None
    assert account_target(facts, None) is None


@given(st.lists(st.integers(0, 20), min_size=2, max_size=10, unique=True), TIMES)
def test_a_complaint_that_names_several_suppresses_none(people: list[int], time: str) -> None:
    named = [{"emailAddress": f"P{number}@Example.org"} for number in people]
    facts = parsed(payloads.complaint(timestamp=time, complainedRecipients=named))
    assert {fact.kind for fact in facts} == {FactKind.POSSIBLE_COMPLAINT}
    for number in people:
        own = [fact for fact in facts if fact.recipient == f"p{number}@example.org"]
        assert len(own) == 1
        assert derive(own, POLICY, NOW) == {}
        assert account_target(own, None) is None
