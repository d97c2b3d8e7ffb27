"""Which facts an SES event gives, row by row of the table in the module."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.suppression.account.account_list import account_target
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.facts import Fact, FactKind, Source
from ses_stack.suppression.feedback import facts_of
from ses_stack.suppression.policy import Policy, blocking, derive
from tests.support import payloads
from tests.support.suppression_facts import ANN, NOW, at

POLICY = Policy()
EVERYTHING_BY_BOUNCE = {"*": "bounce"}
EVERYTHING_BY_COMPLAINT = {"*": "complaint"}
NOTHING: dict[str, str] = {}
IN_SES_AS_BOUNCE, IN_SES_AS_COMPLAINT, LEFT_ALONE = "BOUNCE", "COMPLAINT", None
TIMES = st.integers(0, 40).map(lambda hours: at(hours=6 * hours))


def parsed(record: dict[str, Any]) -> list[Fact]:
    feedback = ses_feedback.parse(json.dumps(payloads.envelope(record)))
    return facts_of(feedback) if feedback else []


def bounce(kind: str, subtype: str, **changes: Any) -> dict[str, Any]:
    return payloads.bounce(bounceType=kind, bounceSubType=subtype, **changes)


def complaint(**changes: Any) -> dict[str, Any]:
    return payloads.complaint(**changes)


ONLY_ADDRESS = {"emailAddress": "Ann.Lee@example.org"}


def auto_reply(subtype: str) -> dict[str, Any]:
    """A soft bounce without any member of a delivery status."""
    return bounce("Transient", subtype, bouncedRecipients=[ONLY_ADDRESS])


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
    (auto_reply("General"), NOTHING, LEFT_ALONE, ["noted"]),
    (auto_reply("MailboxFull"), NOTHING, LEFT_ALONE, ["noted"]),
    (auto_reply("CustomTimeoutExceeded"), NOTHING, LEFT_ALONE, ["noted"]),
    (auto_reply("ContentRejected"), NOTHING, LEFT_ALONE, []),
    (
        bounce("Permanent", "General", bouncedRecipients=[ONLY_ADDRESS]),
        EVERYTHING_BY_BOUNCE,
        IN_SES_AS_BOUNCE,
        ["suppress"],
    ),
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


def test_each_recipient_of_a_soft_bounce_has_its_own_delivery_status() -> None:
    replied = {"emailAddress": "b@x.org"}
    facts = parsed(bounce("Transient", "General", bouncedRecipients=[payloads.bounced("a@x.org"), replied]))
    assert {fact.recipient: fact.kind for fact in facts} == {"a@x.org": "soft_bounce", "b@x.org": "noted"}
    assert {fact.reason for fact in facts} == {"soft_bounce"}, "so that the record says what was noted"


def test_a_recipient_named_twice_has_a_delivery_status_if_one_entry_has() -> None:
    for entries in itertools.permutations([payloads.bounced("ANN.lee@example.org"), ONLY_ADDRESS]):
        assert [fact.kind for fact in parsed(bounce("Transient", "General", bouncedRecipients=list(entries)))] == [
            "soft_bounce"
        ]


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
