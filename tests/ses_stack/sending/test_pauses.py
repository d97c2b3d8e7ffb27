"""Pausing and resuming streams, with configuration sets in memory."""

from __future__ import annotations

import pytest

from ses_stack.sending.pauses import Switch, carry_out, is_sending, names_of, paused_streams, plan

SHARED = {"SharedMarketingConfigurationSetName": "s-marketing-shared"}


class MemorySets:
    """Configuration sets, and whether each is sending."""

    def __init__(self, **sending: bool) -> None:
        self.sending = {name.replace("_", "-"): value for name, value in sending.items()}

    def is_sending(self, name: str) -> bool:
        return self.sending[name]

    def set_sending(self, name: str, sending: bool) -> None:
        self.sending[name] = sending


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ({}, ("s-marketing",)),
        ({"MarketingConfigurationSetName": "news"}, ("news",)),
        (SHARED, ("s-marketing", "s-marketing-shared")),
    ],
)
def test_the_outputs_name_the_configuration_sets(outputs: dict[str, str], names: tuple[str, ...]) -> None:
    assert names_of("marketing", stack="s", outputs=outputs) == names


def test_only_sets_that_differ_are_switched() -> None:
    sets = MemorySets(a=True, b=False)
    switch = plan("marketing", ["a", "b"], sets, sending=False)
    assert switch == Switch(stream="marketing", sending=False, configuration_sets=("a", "b"), pending=("a",))

    carry_out(switch, sets)
    assert sets.sending == {"a": False, "b": False}
    assert plan("marketing", ["a", "b"], sets, sending=False).pending == ()

    carry_out(plan("marketing", ["a", "b"], sets, sending=True), sets)
    assert sets.sending == {"a": True, "b": True}


def test_a_stream_sends_while_one_of_its_sets_does() -> None:
    assert is_sending(["a", "b"], MemorySets(a=False, b=True))
    assert not is_sending(["a", "b"], MemorySets(a=False, b=False))


def test_a_stream_is_paused_when_all_its_sets_are() -> None:
    sets = MemorySets(s_transactional=True, s_marketing=False, s_marketing_shared=True, s_default=False)
    assert paused_streams(sets, stack="s", outputs=SHARED) == ("default",)

    sets.set_sending("s-marketing-shared", False)
    assert paused_streams(sets, stack="s", outputs=SHARED) == ("marketing", "default")
