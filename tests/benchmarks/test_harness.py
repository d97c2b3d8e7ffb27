"""The benchmarks' harness: targets, exit codes, and how benchmarks are found."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from benchmarks import __main__, harness
from benchmarks._events import MIX, Events
from benchmarks._template import environment_of, event_table_indexes
from benchmarks.harness import Result, Target, table_of
from ses_stack.history.adapters import events as ses_events
from tests.support import payloads

TARGETS: Mapping[str, Target] = {"speed": (">=", 10), "cost": ("<=", 3)}


def test_benchmarks_are_found_by_listing_the_package() -> None:
    found = __main__.names()

    assert {"normalizer", "cold_start"} <= set(found)
    assert not [name for name in found if name.startswith("_") or name == "harness"]


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({"speed": 10, "cost": 3}, []),
        ({"speed": 9.99, "cost": 3.01, "other": 1}, ["speed", "cost"]),
        ({"cost": 3}, ["speed"]),
        ({"speed": float("nan"), "cost": 0}, ["speed"]),
    ],
)
def test_a_target_is_met_or_missed(
    figures: dict[str, float], missed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result("x", figures, TARGETS)

    with pytest.raises(SystemExit) as end:
        harness.run(lambda: result, ["--json"])

    assert end.value.code == (1 if missed else 0)
    document = json.loads(capsys.readouterr().out)
    assert document["benchmark"] == "x"
    assert document["targets"] == {"speed": [">=", 10], "cost": ["<=", 3]}
    assert document["missed"] == missed


def test_the_table_has_every_figure_and_every_miss() -> None:
    table = table_of(Result("x", {"cost": 4, "other": 1}, TARGETS).document())

    assert table.row_count == 3


def test_events_are_of_all_types_and_no_two_alike() -> None:
    events = Events()
    texts = [events.one(kind) for kind in MIX for _ in range(20)] + events.take(100)

    parsed = [event for text in texts for event in ses_events.parse(text, stack="ses-stack").events]

    assert set(MIX) == set(payloads.EVERY) == {event.type.value for event in parsed}
    assert len({(event.message_id, event.fingerprint) for event in parsed}) == len(texts)
    assert all(event.recipient and event.stream for event in parsed)


def test_events_are_of_the_size_of_real_ones() -> None:
    texts = Events().take(500)

    sizes = [len(json.dumps(json.loads(text)["detail"], separators=(",", ":"))) for text in texts]
    assert sum(1_200 <= size <= 2_300 for size in sizes) / len(sizes) > 0.98


def test_indexes_and_environments_are_the_template_s() -> None:
    by_recipient, by_time = sorted(event_table_indexes(), key=lambda index: "feed" in index.keys)

    assert by_recipient.keys == {"recipient", "event_key"}
    assert by_time.holds({"feed": 1, "event_key": 1})
    assert not by_time.holds({"event_key": 1})
    assert by_recipient.projected({"recipient": 1, "raw": 1}) == {"recipient": 1}
    assert environment_of("functions/normalizer")["RETENTION_DAYS"].isdecimal()
