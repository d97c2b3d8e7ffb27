"""Results of queueing."""

from __future__ import annotations

from ses_stack.requests.lane_messages import LaneMessage
from ses_stack.requests.results import NotQueued, Outcome, Progress, Queued, Tally, results

BATCH = [LaneMessage(number, f"r-{number}", (f"{number}@x.org",), "bulk", "g", "{}") for number in range(3)]
REFUSED = NotQueued(1, "r-1", "the request", "was not taken by SQS: InternalError", again=True)


def queued(number: int) -> Queued:
    return Queued(number, f"r-{number}", (f"{number}@x.org",), "bulk")


def test_each_message_of_a_batch_has_a_result() -> None:
    assert list(results(BATCH, {1: "InternalError"})) == [queued(0), REFUSED, queued(2)]
    assert list(results(BATCH, {})) == [queued(0), queued(1), queued(2)]


def test_a_tally_counts_and_reports() -> None:
    progress: list[Progress] = []
    reported: list[Queued | NotQueued] = []
    tally = Tally(progress.append, reported.append)
    tally.read = 4
    invalid = NotQueued(3, None, "to", "is missing")

    tally.add(invalid)
    assert progress == []
    tally.add_batch(BATCH, {1: "InternalError"})
    assert progress == [Progress(read=4, queued=2, failed=2)]
    assert tally.outcome() == Outcome(read=4, queued=2, failed=2, failures=(invalid, REFUSED))
    assert reported == [invalid, queued(0), REFUSED, queued(2)]
    assert progress == [Progress(4, 2, 2)] * 2


def test_a_tally_needs_no_listeners() -> None:
    tally = Tally(None, None)
    tally.add_batch(BATCH, {})

    assert tally.outcome() == Outcome(0, 3, 0, ())


def test_a_result_reads_as_a_sentence() -> None:
    assert str(REFUSED) == "the request was not taken by SQS: InternalError"
