"""What a redrive did with the messages of a queue."""

from __future__ import annotations

from collections import Counter

from ses_stack.dead_letters.selection import STILL_MALFORMED
from ses_stack.dead_letters.summary import RedriveSummary, redrive_document, remarks

EVENT = RedriveSummary(
    queue="event",
    redriven=3,
    skipped=Counter({STILL_MALFORMED: 2}),
    failed=Counter({"InternalError": 1}),
    causes=Counter({"parses now": 3}),
    undeleted=1,
    invisible=4,
    interrupted=True,
)


def test_every_message_is_redriven_or_skipped_or_failed() -> None:
    assert EVENT.examined == 6


def test_the_document_sums_all_queues() -> None:
    rule = RedriveSummary(queue="rule", redriven=1)
    document = redrive_document([EVENT, rule])
    assert {name: value for name, value in document.items() if name != "queues"} == {
        "dry_run": False,
        "interrupted": True,
        "examined": 7,
        "redriven": 4,
        "skipped": 2,
        "failed": 1,
    }
    assert document["queues"][0] == {
        "queue": "event",
        "examined": 6,
        "redriven": 3,
        "skipped": 2,
        "failed": 1,
        "causes": {"parses now": 3},
        "skipped_because": {STILL_MALFORMED: 2},
        "failed_because": {"InternalError": 1},
        "undeleted": 1,
        "invisible": 4,
    }


def test_remarks_name_what_the_operator_may_do() -> None:
    assert remarks(EVENT) == [
        "event: 2 still cannot be parsed and would only come back; --malformed includes them, and so does --cause",
        "event: sent, and could not be deleted: 1; the next run sends them again, which is harmless",
        "event: hidden by another reader: about 4; run it again when that has let them go",
        "event: 1 failed: InternalError",
    ]
    assert remarks(RedriveSummary(queue="rule", redriven=1)) == []
