"""The account's suppression list: the events that add addresses, and the exact spelling that finds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.simulator import World, configuration_set


def listed(world: World) -> dict[str, str]:
    found = world.ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    return {entry["EmailAddress"]: entry["Reason"] for entry in found}


def test_the_api_matches_case_and_all(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="Anna+x%y@Example.org", Reason="COMPLAINT")
    found = world.ses.get_suppressed_destination(EmailAddress="Anna+x%y@Example.org")["SuppressedDestination"]
    assert found["Reason"] == "COMPLAINT"
    assert found["LastUpdateTime"] == datetime.fromtimestamp(world.clock(), UTC)
    with pytest.raises(world.ses.exceptions.NotFoundException, match=r"anna\+x%y@example.org does not exist on your"):
        world.ses.get_suppressed_destination(EmailAddress="anna+x%y@example.org")
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.delete_suppressed_destination(EmailAddress="anna+x%y@example.org")
    world.ses.delete_suppressed_destination(EmailAddress="Anna+x%y@Example.org")
    assert listed(world) == {}


def test_an_address_with_a_slash_is_added_and_cannot_be_named_in_a_path(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="a/b@example.org", Reason="BOUNCE")
    for call in (world.ses.get_suppressed_destination, world.ses.delete_suppressed_destination):
        with pytest.raises(world.ses.exceptions.BadRequestException, match="holds a slash"):
            call(EmailAddress="a/b@example.org")
    assert listed(world) == {"a/b@example.org": "BOUNCE"}


def test_sending_ignores_case(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="Anna@Example.org", Reason="BOUNCE")
    world.send("aNNa@example.org")
    bounce = world.settle()[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "OnAccountSuppressionList")
    assert bounce["bouncedRecipients"][0]["emailAddress"] == "aNNa@example.org"


def test_an_address_listed_for_a_complaint_answers_with_one(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="anna@example.org", Reason="COMPLAINT")
    world.send("anna@example.org")
    complaint = world.settle()[1]["complaint"]
    assert complaint["complaintSubType"] == "OnAccountSuppressionList"
    assert "complaintFeedbackType" not in complaint


def test_hard_bounces_and_complaints_are_added_as_spelled_when_they_happen(world: World) -> None:
    message_id = world.send("Bounce+1@example.org")
    world.send("complaint@example.net")
    world.send("soft-bounce@example.org")
    world.send("not-spam@example.org")
    assert listed(world) == {}
    world.settle()
    assert listed(world) == {"Bounce+1@example.org": "BOUNCE", "complaint@example.net": "COMPLAINT"}
    found = world.ses.get_suppressed_destination(EmailAddress="Bounce+1@example.org")["SuppressedDestination"]
    assert found["Attributes"]["MessageId"] == message_id
    assert found["Attributes"]["FeedbackId"].startswith("0100")


def test_the_mailbox_simulator_is_never_listed(world: World) -> None:
    world.send("bounce@simulator.amazonses.com")
    world.send("complaint@simulator.amazonses.com")
    world.settle()
    assert listed(world) == {}


def test_the_account_chooses_the_reasons(world: World) -> None:
    world.ses.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    assert world.ses.get_account()["SuppressionAttributes"]["SuppressedReasons"] == ["COMPLAINT"]
    world.ses.put_suppressed_destination(EmailAddress="success@example.org", Reason="BOUNCE")
    world.send("bounce@example.org")
    world.send("success@example.org")
    assert "OnAccountSuppressionList" not in str(world.settle())
    assert listed(world) == {"success@example.org": "BOUNCE"}


def test_a_configuration_set_overrides_them(world: World) -> None:
    world.emulator.sets["own"] = configuration_set("own", suppressed_reasons=frozenset())
    world.ses.put_suppressed_destination(EmailAddress="success@example.org", Reason="BOUNCE")
    world.send("success@example.org", ConfigurationSetName="own")
    assert world.kinds() == ["Send", "Delivery"]


def test_the_list_comes_by_page_reason_and_time(world: World) -> None:
    for number in range(5):
        world.ses.put_suppressed_destination(EmailAddress=f"a{number}@b.org", Reason="BOUNCE")
    world.clock.now += 100
    world.ses.put_suppressed_destination(EmailAddress="c@b.org", Reason="COMPLAINT")
    pages = list(pages_of(world, PageSize=2))
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [page[0]["EmailAddress"] for page in pages] == ["a0@b.org", "a2@b.org", "a4@b.org"]
    assert [entry["EmailAddress"] for page in pages_of(world, Reasons=["COMPLAINT"]) for entry in page] == ["c@b.org"]
    middle = datetime.fromtimestamp(world.clock() - 50, UTC)
    assert len(next(pages_of(world, EndDate=middle))) == 5
    assert [entry["EmailAddress"] for entry in next(pages_of(world, StartDate=middle))] == ["c@b.org"]


def pages_of(world: World, **parameters: Any) -> Any:
    while True:
        answer = world.ses.list_suppressed_destinations(**parameters)
        yield answer["SuppressedDestinationSummaries"]
        if "NextToken" not in answer:
            return
        parameters["NextToken"] = answer["NextToken"]


def test_bad_requests(world: World) -> None:
    refused = world.ses.exceptions.BadRequestException
    with pytest.raises(refused):
        world.ses.put_suppressed_destination(EmailAddress="nobody", Reason="BOUNCE")
    with pytest.raises(refused):
        world.ses.put_suppressed_destination(EmailAddress="a@b.org", Reason="BOREDOM")
    with pytest.raises(refused):
        world.ses.put_account_suppression_attributes(SuppressedReasons=["BOREDOM"])
    with pytest.raises(refused):
        world.ses.list_suppressed_destinations(PageSize=0)
    with pytest.raises(world.ses.exceptions.InvalidNextTokenException):
        world.ses.list_suppressed_destinations(NextToken="x")


def test_in_the_sandbox_the_list_cannot_be_managed(world: World) -> None:
    world.ses.put_suppressed_destination(EmailAddress="ann@b.org", Reason="BOUNCE")
    world.simulator.account.production_access = False
    for call in (
        lambda: world.ses.put_suppressed_destination(EmailAddress="bob@b.org", Reason="BOUNCE"),
        lambda: world.ses.get_suppressed_destination(EmailAddress="ann@b.org"),
        lambda: world.ses.delete_suppressed_destination(EmailAddress="ann@b.org"),
        world.ses.list_suppressed_destinations,
    ):
        with pytest.raises(world.ses.exceptions.BadRequestException, match="sandbox"):
            call()
    assert len(world.simulator.suppression) == 1
