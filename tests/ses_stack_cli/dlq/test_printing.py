"""What `dlq list` and `dlq peek` print in the same way."""

from __future__ import annotations

import pytest

from ses_stack.dead_letters.examine import DeadLetterReport
from ses_stack.dead_letters.messages import QueueDepth
from ses_stack.dead_letters.queues import DeadLetterQueue
from ses_stack_cli.dlq.printing import age, depth_document, print_incomplete

QUEUE = DeadLetterQueue(name="event", url="u", source=None, queues={})


def report(visible: int, invisible: int, *, complete: bool) -> DeadLetterReport:
    return DeadLetterReport(depth=QueueDepth(visible=visible, invisible=invisible), messages=[], complete=complete)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-2, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "60 min"), (3_600, "1 h"), (172_800, "2 d")],
)
def test_an_age(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_the_depth_as_json() -> None:
    assert depth_document(QUEUE, report(4, 1, complete=False)) == {
        "queue": "event",
        "depth": 5,
        "invisible": 1,
        "examined": 0,
        "complete": False,
    }


def test_a_note_names_queues_of_which_not_all_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    complete = report(0, 0, complete=True)
    print_incomplete([(QUEUE, complete), (QUEUE, report(4, 1, complete=False)), (QUEUE, report(4, 0, complete=False))])
    assert capsys.readouterr().err == (
        "event: read 0 of about 5 letters; hidden by another reader: about 1\nevent: read 0 of about 4 letters\n"
    )
