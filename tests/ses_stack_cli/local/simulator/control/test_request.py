"""The checks that control routes share."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.control.request import ControlRequest, check_members, recipient_of
from ses_stack_cli.local.simulator.control.request import accepted_message as message_of
from ses_stack_cli.local.simulator.errors import ApiError
from tests.support.simulator import World, accepted_message


def test_a_number_of_the_query(world: World) -> None:
    request = ControlRequest(
        simulator=world.simulator, method="GET", query={"limit": "7", "after": "x"}, body=b"", path_names={}
    )
    assert (request.number("limit", 50), request.number("other", 50)) == (7, 50)
    with pytest.raises(ApiError, match="after must be a number"):
        request.number("after", 0)


def test_unknown_members_are_named() -> None:
    check_members({"a": 1}, ("a", "b"))
    with pytest.raises(ApiError, match=r"^unknown: c, d; known: a, b$"):
        check_members({"d": 1, "a": 1, "c": 1}, ("a", "b"))


def test_a_recipient_in_any_spelling_as_the_message_spells_it() -> None:
    accepted = accepted_message("Ann@b.org", "ben@b.org")
    assert recipient_of(accepted, "ANN@b.org") == "Ann@b.org"
    for wanted in (None, "cleo@b.org"):
        with pytest.raises(ApiError, match="recipient must be one of the message's 2"):
            recipient_of(accepted, wanted)
    assert recipient_of(accepted_message("Ann@b.org"), None) == "Ann@b.org"


def test_a_message_by_its_id(world: World) -> None:
    message_id = world.send("a@b.org")
    assert message_of(world.simulator, message_id).message.to == ["a@b.org"]
    with pytest.raises(ApiError, match="no message 'x' among the latest 1000"):
        message_of(world.simulator, "x")
