"""The check before sending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ses_stack.errors import AddressError, ScopeError
from ses_stack.suppression.check import check
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


def test_an_address_is_found_in_every_spelling() -> None:
    world = World(sync=False)
    world.take(bounce("Ann@xn--mnchen-3ya.example"), bounce("ann@example.com", mail={"messageId": "other"}))
    spellings = ["ann@münchen.example", "ANN@MÜNCHEN.example", "Ann <ann@xn--mnchen-3ya.example.>"]
    spellings += ["ann@example。com", "ａｎｎ@ｅｘａｍｐｌｅ.com", "an\u00adn@example.com", "ann@example.com\u200b"]

    found = check(world.table, spellings, stream="marketing", topic=None, now=world.time.now(), until=0)

    assert {spelling: line and line.reason for spelling, line in found.items()} == dict.fromkeys(spellings, "bounce")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ann", "is not an e-mail address"),
        ("", "is not an e-mail address"),
        ("ann\n@x.org", "is not an e-mail address"),
        ("a" * 495 + "@x.org", "is not an e-mail address"),
        ("ann@straße.example", "has a domain that old and new rules read differently"),
    ],
)
def test_an_error_names_the_field_and_not_the_address(address: str, problem: str) -> None:
    with pytest.raises(AddressError) as error:
        check(World(sync=False).table, [address], stream="marketing", topic=None, now=0, until=0)
    assert str(error.value).startswith(f"addresses[0] {problem}")
    assert "straße" not in str(error.value)


@pytest.mark.parametrize("wrong", [None, 5, b"ann@x.org", ["ann@x.org"], {"a": 1}, float("nan")])
def test_a_value_that_is_no_text_is_refused_and_never_said_to_be_mailable(wrong: Any) -> None:
    """A topic of another type would be suppressed for no address."""
    table = World(sync=False).table

    def refused(**changes: Any) -> str:
        values = {"addresses": ["ann@x.org"], "stream": "marketing", "topic": None} | changes
        with pytest.raises((AddressError, ScopeError)) as caught:
            check(table, **values, now=0, until=0)
        return str(caught.value)

    assert refused(addresses=["ann@x.org", wrong]) == "addresses[1] is not an e-mail address"
    assert refused(stream=wrong).startswith(f"there is no stream of type {type(wrong).__name__}: it is transactional,")
    if wrong is not None:
        assert refused(topic=wrong).startswith(f"there is no topic of type {type(wrong).__name__}: ")
    assert refused(topic="").startswith("there is no topic '': its name has 1 to 200 printable characters")
    assert refused(addresses="ann@x.org") == "addresses is one value: pass a list of addresses"
