"""Which records of a batch may be sent now."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import LaneRecord
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import SendingRules
from tests.support.sender_fakes import START, World, document, ledger_entry, record, redelivered, sent_ids


def test_a_duplicate_in_the_same_batch_is_requeued() -> None:
    world = World()
    world.run(record(), replace(record(), id="duplicate", fault_seconds=600))
    assert sent_ids(world) == ["r1"]
    assert [(copy.record.id, copy.fault_seconds) for copy in world.copies] == [("duplicate", 600)]


def test_two_messages_of_one_request_do_not_keep_each_other_in_the_lane() -> None:
    """They take turns as the first of a batch, and the time of each counts until LongestDeferralHours."""
    world = World(pauses={"transactional": StreamPause(stream="transactional", since=START, by="op")})
    world.rules = SendingRules(deferral_seconds=3600)
    waiting = [record(), replace(record(), id="duplicate")]
    for round_number in range(1, 200):
        world.copies.clear()
        world.run(*waiting)
        waiting = [
            replace(each.record, fault_seconds=each.fault_seconds, deferrals=round_number) for each in world.copies
        ]
        world.start += 60
    assert [json.loads(letter.record.body)["request_id"] for letter in world.dead_letters] == ["r1"]
    assert not waiting


@pytest.mark.parametrize("body", ["no json", "[]", json.dumps(document(stream="carrier pigeon"))])
def test_a_malformed_request_becomes_a_dead_letter_and_the_others_are_sent(body: str) -> None:
    world = World()
    outcome = world.run(LaneRecord(id="bad", body=body, queued_at=START), record())
    assert [letter.record.id for letter in world.dead_letters] == ["bad"]
    assert sent_ids(world) == ["r1"]
    assert outcome.left_in_queue == set()


def test_mail_that_has_expired_is_not_sent() -> None:
    world = World()
    world.run(record(expires_at="2020-01-01T00:00:00Z"))
    assert world.rows["r1"].status is RequestStatus.EXPIRED
    assert sent_ids(world) == []


def test_mail_for_later_waits() -> None:
    world = World()
    world.run(record(not_before="2026-09-21T15:00:00Z"))
    row = world.rows["r1"]
    assert (row.status, row.deferral, row.deferrals) == (RequestStatus.DEFERRED, "not_before is to come", 1)
    assert [copy.delay_seconds for copy in world.copies] == [900]
    waiting = replace(record(not_before="2026-09-21T15:00:00Z"), deferrals=1)
    world.run(waiting)
    assert world.rows["r1"] == row  # nothing new to say
    assert len(world.copies) == 2


def test_a_not_before_in_years_becomes_a_dead_letter() -> None:
    world = World()
    world.run(record(not_before="9999-12-31T23:59:59Z"))
    assert world.rows["r1"].reason == "not_before is more than 14 days after it was queued"
    assert (len(world.dead_letters), world.copies) == (1, [])


def test_the_row_knows_every_recipient() -> None:
    world = World()
    held = record(to=["Ann@example.com", "ben@example.com"], not_before="2026-09-21T15:00:00Z")
    world.run(held)
    row = world.rows["r1"]
    assert (row.recipient, row.further_recipients) == ("ann@example.com", ("ben@example.com",))


def test_a_row_that_was_read_gets_its_recipients_from_the_request() -> None:
    world = World()
    world.rows["r1"] = ledger_entry(RequestStatus.DEFERRED)
    world.run(redelivered(record(to=["ann@example.com", "ben@example.com"], expires_at="2020-01-01T00:00:00Z")))
    row = world.rows["r1"]
    assert (row.status, row.recipient, row.further_recipients) == (
        RequestStatus.EXPIRED,
        "ann@example.com",
        ("ben@example.com",),
    )


def test_suppressed_recipients_are_removed() -> None:
    world = World(suppressed={"ann@example.com": "bounce (*)"})
    partly = record("some", to=["Ann@example.com", "ben@example.com"])
    world.run(record("all"), partly)
    assert world.accepted[0][1:] == ("some", frozenset({"ben@example.com"}))
    assert world.rows["all"].status is RequestStatus.SUPPRESSED
    assert world.rows["all"].suppressed == {"ann@example.com": "bounce (*)"}
    assert world.rows["some"].suppressed == {"ann@example.com": "bounce (*)"}
    assert world.rows["some"].status is RequestStatus.SENT


def test_a_suppressed_request_does_not_stop_the_others() -> None:
    world = World(suppressed={"gone@example.com": "bounce (*)"})
    world.run(record())
    world.run(record("r2", to=["gone@example.com"]), record("r3"))
    assert sorted(sent_ids(world)) == ["r1", "r3"]


def test_a_row_that_is_sending_waits_for_evidence() -> None:
    world = World()
    world.rows["r1"] = ledger_entry(RequestStatus.SENDING)
    world.run(redelivered(record()))
    assert [copy.delay_seconds for copy in world.copies] == [110]
    assert (world.rows["r1"], sent_ids(world)) == (ledger_entry(RequestStatus.SENDING), [])


def test_without_a_send_event_transactional_mail_is_sent_again() -> None:
    world = World()
    world.rows["r1"] = ledger_entry(RequestStatus.SENDING, claimed_at=START - 500)
    world.run(redelivered(record()))
    assert (sent_ids(world), world.rows["r1"].claim) == (["r1"], 2)


def test_without_a_send_event_marketing_mail_becomes_unknown() -> None:
    world = World(lane=Lane.BULK)
    world.rows["r1"] = ledger_entry(RequestStatus.SENDING, claimed_at=START - 500, stream="marketing")
    world.run(redelivered(record(stream="marketing")))
    assert (sent_ids(world), world.rows["r1"].status, len(world.dead_letters)) == ([], RequestStatus.UNKNOWN, 1)
    world.run(replace(record(stream="marketing"), redriven=True))
    assert sent_ids(world) == ["r1"]


def test_the_row_names_those_whom_the_last_attempt_left_out() -> None:
    """An address that is no longer suppressed gets the message in the end, and the row does not say otherwise."""
    world = World(
        suppressed={"ann@example.com": "bounce (*)"}, answers={"r1": [SesAnswer(Verdict.THROTTLED, "too fast")] * 4}
    )
    sent = record("r1", to=["ann@example.com", "ben@example.com"])
    world.run(sent)
    assert world.rows["r1"].suppressed == {"ann@example.com": "bounce (*)"}
    world.suppressed = {}
    world.pauses["transactional"] = StreamPause(stream="transactional", since=START, by="ann")
    world.run(replace(sent, deferrals=1))  # held before the list is asked
    assert world.rows["r1"].suppressed == {"ann@example.com": "bounce (*)"}
    world.pauses.clear()
    world.run(replace(sent, deferrals=2))
    assert [recipients for _, _, recipients in world.accepted] == [{"ann@example.com", "ben@example.com"}]
    assert (world.rows["r1"].status, world.rows["r1"].suppressed) == (RequestStatus.SENT, {})


def test_a_request_that_ses_refuses_in_part_still_names_the_suppressed_ones() -> None:
    reason = "the account is in the sandbox, and a recipient's address is not verified in SES: to[1]"
    world = World(suppressed={"ann@example.com": "bounce (*)"}, answers={"r1": [SesAnswer(Verdict.REJECTED, reason)]})
    world.run(
        record("r1", to=["ann@example.com", "ben@example.com", "cat@example.com"]),
        record("r2"),
        record("r3", to=["ben@example.com"]),
    )
    row = world.rows["r1"]
    assert (row.status, row.reason, row.suppressed) == (RequestStatus.FAILED, reason, {"ann@example.com": "bounce (*)"})
    assert (world.rows["r2"].status, world.rows["r3"].status) == (RequestStatus.SUPPRESSED, RequestStatus.SENT)
    assert len(world.dead_letters) == 1
