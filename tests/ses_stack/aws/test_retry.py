"""Which errors pass by themselves, and how an attempt is repeated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from ses_stack.aws.json_api import Answer
from ses_stack.aws.retry import NO_ANSWER, NO_TIME, Attempt, Retrying, is_throttling, is_transient
from tests.support.moto_calls import error

THROTTLED = error("ThrottlingException")
DONE = Answer(200, {"done": True})


class Clock:
    """A clock that moves when a caller pauses or waits for an answer."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Service:
    """Gives prepared answers in turn. None takes as long as the caller waits."""

    def __init__(self, clock: Clock, *answers: Answer | None) -> None:
        self._clock = clock
        self._answers = list(answers)
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        assert operation == "UpdateItem"
        for body in bodies:
            self.bodies.append(body)
            self.waits.append(until - self._clock.now)
            answer = self._answers.pop(0)
            if answer is None:
                self._clock.now = until
            yield answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


def retrying(clock: Clock, **settings: float) -> Retrying:
    return Retrying(clock=clock, sleep=clock.sleep, **settings)  # type: ignore[arg-type]


def alone(pieces: Iterable[str]) -> Sequence[Sequence[str]]:
    return [[piece] for piece in pieces]


def together(pieces: Iterable[str]) -> Sequence[Sequence[str]]:
    return [call] if (call := list(pieces)) else []


def scripted(*lefts: Attempt[str]) -> tuple[list[Sequence[Sequence[str]]], Callable[..., Attempt[str]]]:
    """The calls that were made, and an attempt that leaves one of `lefts` each time."""
    made: list[Sequence[Sequence[str]]] = []
    remaining = list(lefts)

    def attempt(calls: Sequence[Sequence[str]]) -> Attempt[str]:
        made.append(calls)
        return remaining.pop(0)

    return made, attempt


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestThrottled", "ProvisionedThroughputExceeded"])
def test_a_throttle_is_transient(code: str) -> None:
    assert is_throttling(code)
    assert is_transient(code)


@pytest.mark.parametrize("code", ["InternalServerError", "ServiceUnavailable", "TransactionConflict"])
def test_a_fault_of_the_service_is_transient_and_no_throttle(code: str) -> None:
    assert not is_throttling(code)
    assert is_transient(code)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ConditionalCheckFailed", ""])
def test_other_errors_do_not_pass(code: str) -> None:
    assert not is_throttling(code)
    assert not is_transient(code)


def test_the_http_status_counts_too() -> None:
    assert is_throttling("any", 429)
    assert is_transient("any", 429)
    assert is_transient("any", 500)
    assert not is_throttling("any", 503)
    assert is_transient(NO_ANSWER.error, NO_ANSWER.status)


def test_an_attempt_sorts_the_pieces_of_a_failed_call() -> None:
    left: Attempt[str] = Attempt()
    left.failed(["lost"], None)
    left.failed(["throttled"], THROTTLED)
    left.failed(["good", "bad"], error("ValidationException"))
    left.failed(["bad alone"], error("ValidationException"))
    left.failed(["denied"], error("AccessDeniedException"))

    assert left.again == {"lost": "no answer", "throttled": "ThrottlingException"}
    assert left.alone == ["good", "bad"]
    assert left.refused == {"bad alone": "ValidationException", "denied": "AccessDeniedException"}


def test_only_what_is_left_is_attempted_again(clock: Clock) -> None:
    made, attempt = scripted(
        Attempt(again={"a": "busy"}, alone=["b", "c"], refused={"d": "denied"}), Attempt(refused={"c": "invalid"})
    )

    undone = retrying(clock).run("abcd", attempt, packed=together, until=10)

    assert made == [[["a", "b", "c", "d"]], [["a"], ["b"], ["c"]]]
    assert undone == {"d": "denied", "c": "invalid"}


def test_nothing_is_attempted_where_there_is_nothing() -> None:
    assert Retrying().run([], scripted()[1], packed=together) == {}


def test_pauses_grow_to_a_second(clock: Clock) -> None:
    retrying(clock).run("a", scripted(*[Attempt(again={"a": "busy"})] * 7, Attempt())[1], packed=together)

    bounds = [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert len(clock.pauses) == len(bounds)
    for pause, bound in zip(clock.pauses, bounds, strict=True):
        assert bound / 2 <= pause <= bound


def test_no_pause_goes_past_the_end(clock: Clock) -> None:
    made, attempt = scripted(Attempt(again={"a": "busy"}, alone=["b", "c"]))

    undone = retrying(clock).run("abc", attempt, packed=together, until=0.01)

    assert len(made) == 1
    assert undone == {"a": "busy", "b": NO_TIME, "c": NO_TIME}
    assert clock.pauses == []


def test_attempts_may_be_counted(clock: Clock) -> None:
    made, attempt = scripted(*[Attempt(again={"a": "busy"})] * 3)

    undone = retrying(clock, max_attempts=3, first_pause_seconds=0.1).run("a", attempt, packed=alone)

    assert len(made) == 3
    assert undone == {"a": "busy"}
    assert [0.05, 0.1] <= clock.pauses <= [0.1, 0.2]


def test_a_call_is_repeated_until_there_is_an_answer(clock: Clock) -> None:
    service = Service(clock, THROTTLED, None, DONE)

    answer = retrying(clock, attempt_seconds=3).call(service, "UpdateItem", {"Key": 1})

    assert answer == replace(DONE, resent=True)
    assert [json.loads(body) for body in service.bodies] == [{"Key": 1}] * 3
    assert service.waits == pytest.approx([3, 3, 3])


@pytest.mark.parametrize(
    ("earlier", "resent"),
    [
        (None, True),
        (error("InternalServerError", 500), True),
        (replace(THROTTLED, resent=True), True),
        (THROTTLED, False),
        (error("TransactionConflictException"), False),
    ],
)
def test_an_answer_tells_whether_an_earlier_attempt_may_have_been_carried_out(
    clock: Clock, earlier: Answer | None, resent: bool
) -> None:
    failed = error("ConditionalCheckFailedException")

    answer = retrying(clock, attempt_seconds=3).call(Service(clock, earlier, failed), "UpdateItem", {})

    assert answer == replace(failed, resent=resent)


def test_an_error_that_does_not_pass_is_the_answer(clock: Clock) -> None:
    denied = error("AccessDeniedException")

    assert retrying(clock).call(Service(clock, denied), "UpdateItem", {}, until=10) == denied


def test_the_last_transient_error_is_the_answer_when_no_time_is_left(clock: Clock) -> None:
    service = Service(clock, None, THROTTLED)

    assert retrying(clock, attempt_seconds=3).call(service, "UpdateItem", {}, until=3.06).error == THROTTLED.error
    assert service.waits[0] == 3
    assert service.waits[1] <= 0.035


def test_a_call_may_stay_without_an_answer(clock: Clock) -> None:
    service = Service(clock, None, None)

    assert retrying(clock, attempt_seconds=3, max_attempts=2).call(service, "UpdateItem", {}).error == NO_ANSWER.error
    assert len(service.bodies) == 2
