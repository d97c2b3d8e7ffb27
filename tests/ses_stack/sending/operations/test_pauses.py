"""Pausing and resuming streams, with configuration sets in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.operations.pauses import Switch, carry_out, is_sending, names_of, paused_streams, plan

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


class MemoryRows:
    """The row of the pauses."""

    def __init__(self) -> None:
        self.pauses: dict[str, StreamPause] = {}
        self.resumed: dict[str, float] = {}

    def note_resumed(self, stream: str, at: float) -> None:
        self.resumed[stream] = at

    def put(self, pause: StreamPause) -> None:
        self.pauses[pause.stream] = pause

    def remove(self, stream: str) -> None:
        del self.pauses[stream]


BY_ANN = StreamPause(stream="marketing", since=1.0, by="ann")
LEARNED = StreamPause(stream="marketing", since=1.0)


def planned(sets: MemorySets, rows: MemoryRows, *, sending: bool) -> Switch:
    return plan("marketing", ["a", "b"], sets, known=rows.pauses.get("marketing"), sending=sending)


def test_only_what_differs_is_switched() -> None:
    sets, rows = MemorySets(a=True, b=False), MemoryRows()
    switch = planned(sets, rows, sending=False)
    assert switch == Switch(
        stream="marketing", sending=False, configuration_sets=("a", "b"), pending=("a",), row_pending=True
    )

    carry_out(switch, sets, rows, BY_ANN)
    assert (sets.sending, rows.pauses) == ({"a": False, "b": False}, {"marketing": BY_ANN})
    assert planned(sets, rows, sending=False).is_done

    carry_out(planned(sets, rows, sending=True), sets, rows, BY_ANN)
    assert (sets.sending, rows.pauses) == ({"a": True, "b": True}, {})
    assert planned(sets, rows, sending=True).is_done


def test_a_pause_that_workers_learned_becomes_the_operators() -> None:
    """Otherwise a deployment that turns the configuration set on would end it."""
    sets, rows = MemorySets(a=False, b=False), MemoryRows()
    rows.pauses["marketing"] = LEARNED
    carry_out(planned(sets, rows, sending=False), sets, rows, BY_ANN)
    assert rows.pauses == {"marketing": BY_ANN}


def test_a_set_that_a_deployment_turned_on_is_paused_again_and_the_first_pause_stays() -> None:
    sets, rows = MemorySets(a=True, b=True), MemoryRows()
    rows.pauses["marketing"] = BY_ANN
    carry_out(planned(sets, rows, sending=False), sets, rows, replace(BY_ANN, since=9.0, by="ben"))
    assert (sets.sending, rows.pauses) == ({"a": False, "b": False}, {"marketing": BY_ANN})


def test_a_resumption_is_noted_before_anything_else() -> None:
    """The guard turns a paused stream's configuration set off, unless it finds the note."""

    class GuardedSets(MemorySets):
        def set_sending(self, name: str, sending: bool) -> None:
            assert (rows.resumed, rows.pauses) == ({"marketing": 7.0}, {"marketing": BY_ANN})
            super().set_sending(name, sending)

    sets, rows = GuardedSets(a=False, b=False), MemoryRows()
    rows.pauses["marketing"] = BY_ANN
    carry_out(planned(sets, rows, sending=True), sets, rows, replace(BY_ANN, since=7.0))
    assert (sets.sending, rows.pauses) == ({"a": True, "b": True}, {})


def test_a_set_that_the_guard_turned_off_meanwhile_is_turned_on() -> None:
    class SlowRows(MemoryRows):
        def remove(self, stream: str) -> None:
            super().remove(stream)
            sets.sending["b"] = False

    sets, rows = MemorySets(a=False, b=False), SlowRows()
    rows.pauses["marketing"] = BY_ANN
    carry_out(planned(sets, rows, sending=True), sets, rows, BY_ANN)
    assert sets.sending == {"a": True, "b": True}


def test_a_row_without_a_paused_set_is_resumed() -> None:
    sets, rows = MemorySets(a=True, b=True), MemoryRows()
    rows.pauses["marketing"] = LEARNED
    carry_out(planned(sets, rows, sending=True), sets, rows, BY_ANN)
    assert rows.pauses == {}


def test_a_stream_sends_while_one_of_its_sets_does() -> None:
    assert is_sending(["a", "b"], MemorySets(a=False, b=True))
    assert not is_sending(["a", "b"], MemorySets(a=False, b=False))


def test_a_stream_is_paused_when_all_its_sets_are() -> None:
    sets = MemorySets(s_transactional=True, s_marketing=False, s_marketing_shared=True, s_default=False)
    assert paused_streams(sets, stack="s", outputs=SHARED) == ("default",)

    sets.set_sending("s-marketing-shared", False)
    assert paused_streams(sets, stack="s", outputs=SHARED) == ("marketing", "default")
