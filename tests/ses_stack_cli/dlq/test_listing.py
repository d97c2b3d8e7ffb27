"""`ses-stack dlq list`."""

from __future__ import annotations

from tests.ses_stack_cli.conftest import Cli
from tests.ses_stack_cli.dlq.conftest import GAVE_UP, NO_TEMPLATE, NO_TIME, PARSES


def test_listing_groups_by_cause(filled: Cli) -> None:
    event, rule = filled.json("dlq", "list")["queues"]
    assert event.pop("oldest_age_seconds") < 60
    assert event == {
        "queue": "event",
        "depth": 5,
        "invisible": 0,
        "examined": 5,
        "complete": True,
        "causes": [
            {"cause": PARSES, "count": 3, "types": {"send": 2, "bounce": 1}},
            {"cause": NO_TIME, "count": 2, "types": {"send": 2}},
        ],
    }
    assert rule["causes"] == [{"cause": "NO_PERMISSIONS", "count": 1, "types": {"send": 1}}]
    assert filled.depth("EventDeadLetterQueue") == (5, 0)


def test_listing_for_people(filled: Cli) -> None:
    out = filled("dlq", "list", "--limit", "2").out
    assert PARSES in out
    assert "event: read 2 of about 5 letters" in filled.err


def test_listing_empty_queues(cli: Cli) -> None:
    found = cli.json("dlq", "list")["queues"]
    assert [(each["queue"], each["depth"], each["oldest_age_seconds"], each["causes"]) for each in found] == [
        ("event", 0, None, []),
        ("rule", 0, None, []),
    ]
    assert "event" in cli("dlq", "list").out


def test_listing_dead_letters_of_sending(sending: Cli) -> None:
    projector, priority = sending.json("dlq", "list")["queues"]
    assert priority["causes"] == [
        {"cause": NO_TEMPLATE, "count": 2, "types": {"transactional": 2}},
        {"cause": "NotJsonError: the body is not JSON", "count": 1, "types": {"-": 1}},
        {"cause": "received in vain: no worker finished it", "count": 1, "types": {"transactional": 1}},
    ]
    assert projector["causes"] == [{"cause": GAVE_UP, "count": 2, "types": {"-": 2}, "records": 8}]
    out = sending("dlq", "list").out
    assert "records 8" in out
    assert "- 1" not in out
