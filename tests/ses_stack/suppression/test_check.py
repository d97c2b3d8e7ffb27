"""The check before sending."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ses_stack.errors import AddressError, ScopeError
from ses_stack.suppression.check import check, checked_recipient
from tests.support import payloads
from tests.support.suppression_world import World, bounce


def test_check() -> None:
    world = World(sync=False)
    world.take(bounce(), bounce("b@x.org", bounceType="Transient", bounceSubType="General"))
    optout = payloads.subscription(
        mail={"destination": ["c@x.org"]}, newTopicPreferences=payloads.preferences(everything=True, news="OptOut")
    )
    world.take(optout)

    def scopes(stream: str, topic: str | None = None, addresses: Sequence[str] = ()) -> dict[str, str | None]:
        found = check(
            world.table,
            addresses or ["ANN.Lee@example.org", "B <b@x.org>", "c@x.org", "d@x.org"],
            stream=stream,
            topic=topic,
            now=world.time.now(),
            until=0,
        )
        return {address: line and line.scope for address, line in found.items()}

    assert scopes("transactional") == {
        "ANN.Lee@example.org": "*",
        "B <b@x.org>": None,
        "c@x.org": None,
        "d@x.org": None,
    }
    assert scopes("marketing")["c@x.org"] == "marketing"
    assert scopes("default", "news")["c@x.org"] == "topic:news"
    assert scopes("marketing", addresses=["x@y.org", "x@y.org"]) == {"x@y.org": None}
    with pytest.raises(AddressError, match=r"addresses\[1\] is not an e-mail address"):
        scopes("marketing", addresses=["a@b.org", "nobody"])
    with pytest.raises(ScopeError):
        scopes("newsletter")


def test_a_recipient_is_the_address_without_name_and_case() -> None:
    assert checked_recipient("Ann Lee <Ann.Lee@Example.org>", "the address") == "ann.lee@example.org"


@pytest.mark.parametrize("address", ["ann", "", "ann\n@x.org", "a" * 495 + "@x.org"])
def test_an_error_names_the_field_and_not_the_address(address: str) -> None:
    with pytest.raises(AddressError) as error:
        checked_recipient(address, "addresses[3]")
    assert str(error.value) == "addresses[3] is not an e-mail address"
