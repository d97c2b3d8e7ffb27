"""The benchmarks' harness: targets, exit codes, and how benchmarks are found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks import __main__, harness
from benchmarks._events import MIX, Events
from benchmarks._template import environment_of, event_table_indexes
from benchmarks.harness import Result, Target, spreads_of, table_of
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


def test_the_table_has_every_figure_its_rounds_and_every_miss() -> None:
    result = Result(
        "x", {"cost": 4, "other": 1_234_567.8, "long": 0.123456}, TARGETS, spreads_of({"cost": [4, 2.5, 7.12345]})
    )

    cells = [list(column.cells) for column in table_of(result.document()).columns]

    assert list(zip(*cells, strict=True)) == [
        ("cost", "4", "2.5 to 7.123", "<= 3", "[red]missed"),
        ("other", "1,234,568", "", "", ""),
        ("long", "0.1235", "", "", ""),
        ("speed", "not measured", "", ">= 10", "[red]missed"),
    ]


DOCUMENTS = {
    "good": Result("good", {"cost": 2}, {"cost": ("<=", 3)}).document(),
    "bad": Result("bad", {"cost": 4}, TARGETS).document(),
}


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mapping[str, Any] | None]:
    """What each benchmark measures; None if it does not finish. The machine is idle."""
    found: dict[str, Mapping[str, Any] | None] = {}
    monkeypatch.setattr(__main__, "names", lambda: list(found))
    monkeypatch.setattr(__main__, "measured", lambda name: {**found[name], "seconds": 2.4} if found[name] else None)
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    return found


@pytest.mark.parametrize(
    ("names", "code", "last"),
    [
        (["good"], 0, ["1 of 1 targets met (good 2 s)"]),
        (
            ["good", "bad"],
            1,
            [
                "1 of 3 targets met (good 2 s, bad 2 s)",
                "missed: bad speed: not measured, wanted >= 10",
                "missed: bad cost: 4, wanted <= 3",
            ],
        ),
        (["good", "broken"], 1, ["1 of 1 targets met (good 2 s)", "benchmark broken did not finish"]),
    ],
)
def test_the_end_says_what_was_missed(
    names: list[str],
    code: int,
    last: list[str],
    results: dict[str, Mapping[str, Any] | None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    results |= {name: DOCUMENTS.get(name) for name in names}

    with pytest.raises(SystemExit) as end:
        __main__.main(["--json"])

    captured = capsys.readouterr()
    assert end.value.code == code
    assert captured.err.splitlines()[len(names) :] == last
    assert [each["benchmark"] for each in json.loads(captured.out)] == [each for each in names if each in DOCUMENTS]


@pytest.mark.parametrize(("load", "is_busy"), [(0.2, False), (1.0, False), (1.1, True), (9.0, True)])
def test_a_busy_machine_is_named(load: float, is_busy: bool) -> None:
    note = __main__.load_note(load, 2)

    assert bool(note) == is_busy
    assert note is None or f"load {load:.1f}, processors 2" in note


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
