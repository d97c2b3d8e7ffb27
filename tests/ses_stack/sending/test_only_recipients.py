"""A stack for testing mails those recipients alone that OnlyRecipients names."""

from __future__ import annotations

import asyncio

import pytest

from ses_stack.errors import AddressError
from ses_stack.sending.only_recipients import NOT_NAMED, OnlyNamed, OnlyRecipients
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import Collaborators
from tests.support.sender_fakes import World, record

ONLY = OnlyRecipients.parse("Ann@Example.org, example.com,m\u00fcnchen.example")


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("ann@example.org", True),
        ("ben@example.org", False),
        ("anyone@example.com", True),
        ("ann@mail.example.com", False),
        ("ann@notexample.com", False),
        ("ann@example.com.evil.org", False),
        ("ann@xn--mnchen-3ya.example", True),
        ("bounce+label@simulator.amazonses.com", True),
        ("ann@simulator.amazonses.com.evil.org", False),
    ],
)
def test_who_may_be_mailed(key: str, allowed: bool) -> None:
    assert ONLY.allows(key) is allowed


@pytest.mark.parametrize(
    "text", ["", " ", ",", "example.com,", "@example.com", "a b.com", "*", "*.example.com", "ann@"]
)
def test_what_names_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(AddressError, match=r"^entry \d is "):
        OnlyRecipients.parse(text)


class TestWorld(World):
    """A stack whose sender may mail ONLY."""

    __test__ = False

    def tools(self) -> Collaborators:
        tools = super().tools()
        return Collaborators(
            **{name: getattr(tools, name) for name in tools.__dataclass_fields__}
            | {"suppressions": OnlyNamed(self, ONLY)}
        )


def test_others_are_left_out_and_the_row_says_why() -> None:
    world = TestWorld(suppressed={"cat@example.com": "bounce (*)"})
    world.run(
        record("r1", to=["ann@example.org"], cc=["ben@example.org"], bcc=["cat@example.com"]),
        record("r2", to=["ben@example.org"]),
        record("r3", to=["ben@example.org", "cat@example.com"]),
        record("r4", to=["success@simulator.amazonses.com"]),
    )
    assert {request: recipients for _, request, recipients in world.accepted} == {
        "r1": {"ann@example.org"},
        "r4": {"success@simulator.amazonses.com"},
    }
    assert world.rows["r1"].suppressed == {"ben@example.org": NOT_NAMED, "cat@example.com": "bounce (*)"}
    assert (world.rows["r2"].status, world.rows["r2"].reason) == (
        RequestStatus.SUPPRESSED,
        "OnlyRecipients names no recipient of it",
    )
    assert world.rows["r3"].reason == "every recipient is suppressed"


def test_nothing_is_looked_up_for_those_who_are_left_out() -> None:
    world = World()
    found = asyncio.run(OnlyNamed(world, ONLY).check(["ben@example.org"], stream="default", topic=None))
    assert (found, world.lookups) == ({"ben@example.org": NOT_NAMED}, 0)
