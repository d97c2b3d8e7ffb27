"""From addresses to events: which events follow, in which order, for which recipients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ses_stack_cli.local.simulator.events.address_words import WORDS
from ses_stack_cli.local.simulator.events.provoke import PROVOKE
from tests.support.simulator import INCOMPLETE, LINKED, REJECTED, World, assert_history_matches

JOURNEYS = {
    "success": "Send Delivery",
    "ooto": "Send Delivery Bounce",
    "early-ooto": "Send Bounce Delivery",
    "bounce": "Send Bounce",
    "suppressionlist": "Send Bounce",
    "soft-bounce": "Send Bounce",
    "timed-out": "Send DeliveryDelay Bounce",
    "late-bounce": "Send Delivery Bounce",
    "late-mailbox-full": "Send Delivery Bounce",
    "late-soft-bounce": "Send Delivery Bounce",
    "complaint": "Send Delivery Complaint",
    "not-spam": "Send Delivery Complaint",
    "delay": "Send DeliveryDelay Delivery",
    "open": "Send Delivery Open",
    "click": "Send Delivery Open Click",
    "bot": "Send Delivery Open Click",
    "unsubscribe": "Send Delivery Open Subscription",
    "resubscribe": "Send Delivery Open Subscription",
}


@pytest.mark.parametrize(("word", "journey"), JOURNEYS.items())
@pytest.mark.parametrize("domain", ["outlook.com", "simulator.amazonses.com"])
def test_a_word_says_what_happens(world: World, word: str, journey: str, domain: str) -> None:
    world.send(f"{word}+label@{domain}")
    assert " ".join(world.kinds()) == journey


@pytest.mark.parametrize("word", WORDS)
def test_every_word_gives_records_that_the_stack_reads(world: World, word: str) -> None:
    world.send(f"{word}@example.org", f"{word.upper()}+2@example.org", "anna@example.com", Content=LINKED)
    world.settle()
    assert_history_matches(world)


def test_all_ten_types_can_be_provoked(world: World) -> None:
    for word in WORDS:
        world.send(f"{word}@yahoo.com", Content=LINKED)
    world.send("anna@gmail.com", Content=REJECTED)
    world.send("anna@gmail.com", Content=INCOMPLETE)
    assert set(world.kinds()) == {way.event for way in PROVOKE}
    assert_history_matches(world)


def test_recipients_that_have_one_outcome_at_one_domain_share_a_record(world: World) -> None:
    world.send("success@a.org", "success+2@a.org", "bounce@a.org", "success@b.org")
    records = world.settle()
    delivered = [record["delivery"]["recipients"] for record in records if "delivery" in record]
    bounced = [record["bounce"]["bouncedRecipients"] for record in records if "bounce" in record]
    assert sorted(delivered) == [["success@a.org", "success+2@a.org"], ["success@b.org"]]
    assert [[each["emailAddress"] for each in record] for record in bounced] == [["bounce@a.org"]]


def test_an_out_of_office_reply_has_no_delivery_status(world: World) -> None:
    world.send("ooto@simulator.amazonses.com")
    bounce = one(world, "Bounce")["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "General")
    assert bounce["bouncedRecipients"] == [{"emailAddress": "ooto@simulator.amazonses.com"}]


def test_an_early_reply_is_23_milliseconds_older_than_its_delivery(world: World) -> None:
    world.send("early-ooto@a.org")
    records = {record["eventType"]: body(record) for record in world.settle()}
    times = [datetime.fromisoformat(records[kind]["timestamp"]) for kind in ("Bounce", "Delivery")]
    assert 0.022 <= (times[1] - times[0]).total_seconds() <= 0.024


def test_a_complaint_names_everyone_at_the_provider(world: World) -> None:
    world.send("complaint@a.org", "success@a.org", "success@b.org")
    named = one(world, "Complaint")["complaint"]["complainedRecipients"]
    assert [each["emailAddress"] for each in named] == ["complaint@a.org", "success@a.org"]


def test_gmail_sends_no_complaints(world: World) -> None:
    world.send("complaint@gmail.com")
    assert world.kinds() == ["Send", "Delivery"]


def test_a_recipient_named_twice_is_one(world: World) -> None:
    world.send("bounce@a.org", "Bounce@A.org")
    assert world.kinds() == ["Send", "Bounce"]
    assert_history_matches(world)


def test_without_a_configuration_set_nothing_is_published(world: World) -> None:
    world.send("bounce@a.org", ConfigurationSetName=None)
    assert world.kinds() == []
    assert world.ses.get_suppressed_destination(EmailAddress="bounce@a.org")


def test_cause_comes_before_effect_at_any_pace(world: World) -> None:
    world.send("click@a.org")
    records = world.settle()
    times = [record["mail"]["timestamp"] if "send" in record else body(record)["timestamp"] for record in records]
    assert times == sorted(times)
    assert len(set(times)) == len(times)


def body(record: dict[str, Any]) -> dict[str, Any]:
    (found,) = (value for name, value in record.items() if name not in ("eventType", "mail"))
    return dict(found)


def test_events_wait_for_their_time(world: World) -> None:
    world.send("soft-bounce@a.org")
    world.publish()
    assert [entry["DetailType"] for entry in world.emulator.entries] == ["Email Sent"]
    world.clock.now += 30
    world.publish()
    assert len(world.emulator.entries) == 1
    world.clock.now += 300
    world.publish()
    assert [entry["DetailType"] for entry in world.emulator.entries] == ["Email Sent", "Email Bounced"]


def one(world: World, kind: str) -> dict[str, Any]:
    return next(record for record in world.settle() if record["eventType"] == kind)
