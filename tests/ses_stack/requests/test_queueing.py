"""Many requests at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import QueueingError
from ses_stack.requests.lane_messages import LaneMessage
from ses_stack.requests.queueing import BYTES_PER_CALL, MESSAGES_PER_CALL, batches
from ses_stack.requests.results import NotQueued, Outcome, Progress, Queued
from tests.support.lanes import MAIL, Lanes, queue


def many(number: int, **more: Any) -> Iterator[dict[str, Any]]:
    return (MAIL | {"to": f"{n}@x.org", "request_id": f"r-{n}"} | more for n in range(number))


def test_many_go_out_ten_a_call() -> None:
    lanes = Lanes()
    outcome = queue(many(25), lanes)

    assert outcome == Outcome(25, 25, 0, ())
    assert sorted(len(call) for _, call in lanes.calls) == [5, 10, 10]


def test_lanes_never_share_a_call() -> None:
    lanes = Lanes()
    queue([*many(3), *many(3, stream="transactional")], lanes)

    assert sorted((lane, len(call)) for lane, call in lanes.calls) == [("bulk", 3), ("priority", 3)]


def test_a_bad_request_fails_alone_with_its_number_and_field() -> None:
    lanes = Lanes()
    outcome = queue([*many(1), {"request_id": "bad", **MAIL, "to": "nobody"}, 5, *many(1)], lanes)

    assert (outcome.queued, outcome.failed) == (2, 2)
    assert outcome.failures == (
        NotQueued(1, "bad", "to[0]", "has no @"),
        NotQueued(2, None, "the request", "is a number, and must be an object"),
    )
    assert str(outcome.failures[0]) == "to[0] has no @"


def test_requests_are_taken_as_they_are_queued_and_never_kept() -> None:
    lanes, ahead = Lanes(), []

    def watched() -> Iterator[dict[str, Any]]:
        for number, item in enumerate(many(1000)):
            ahead.append(number - sum(len(call) for _, call in lanes.calls))
            yield item

    queue(watched(), lanes)

    assert max(ahead) <= 100


def test_a_lane_that_cannot_be_reached_stops_the_run() -> None:
    with pytest.raises(QueueingError, match="gone"):
        queue(many(1000), Lanes(gone=True))


def test_no_requests_give_an_empty_outcome() -> None:
    assert queue([], Lanes()) == Outcome(0, 0, 0, ())


@given(st.lists(st.tuples(st.sampled_from(["bulk", "priority"]), st.integers(1, BYTES_PER_CALL)), max_size=40))
def test_no_call_is_too_long_and_none_is_lost(sizes: list[tuple[str, int]]) -> None:
    class Sized(LaneMessage):
        __slots__ = ()

        @property
        def size(self) -> int:
            return int(self.body)

    messages = [Sized(n, f"{n}", (), lane, "g", f"{size}") for n, (lane, size) in enumerate(sizes)]
    calls = list(batches(messages))

    assert all(len(call) <= MESSAGES_PER_CALL and sum(each.size for each in call) <= BYTES_PER_CALL for call in calls)
    assert all(len({each.lane for each in call}) == 1 for call in calls)
    assert sorted(each.index for call in calls for each in call) == list(range(len(sizes)))


def test_what_sqs_does_not_take_is_reported_with_what_to_ask_again() -> None:
    reported: list[Queued | NotQueued] = []
    outcome = queue(many(3), Lanes({"1@x.org": "InternalError"}), on_result=reported.append)

    assert outcome.failures == (NotQueued(1, "r-1", "the request", "was not taken by SQS: InternalError", again=True),)
    assert [type(each) for each in reported] == [Queued, NotQueued, Queued]
    assert reported[0] == Queued(0, "r-0", ("0@x.org",), "bulk")


def test_progress_is_reported_while_messages_are_queued() -> None:
    reported: list[Progress] = []
    queue([*many(95), MAIL | {"to": "bad"}], Lanes(), on_progress=reported.append)

    assert reported[-1] == Progress(96, 95, 1)
    assert [each.queued for each in reported] == sorted(each.queued for each in reported)


def test_only_the_first_failures_are_kept() -> None:
    reported: list[Queued | NotQueued] = []
    outcome = queue(({} for _ in range(1500)), Lanes(), on_result=reported.append)

    assert (outcome.failed, len(outcome.failures), len(reported)) == (1500, 1000, 1500)
