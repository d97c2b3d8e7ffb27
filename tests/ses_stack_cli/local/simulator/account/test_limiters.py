"""The three limiters: each keeps the rate in its own way, and all count recipients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack_cli.local.simulator.account.limiters import Limiter, TokenBucket, rate_limit
from ses_stack_cli.local.simulator.settings import Settings
from tests.support.simulator import Clock, World

CALLS = st.lists(st.tuples(st.floats(0, 2), st.integers(1, 50)), max_size=200)
LIMITERS = pytest.mark.parametrize("limiter", list(Limiter))


def passed(limiter: Limiter, rate: float, calls: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The moments and recipients of those calls that pass; each call has its wait after the one before."""
    clock = Clock()
    limit = rate_limit(limiter, rate, clock)
    result = []
    for wait, count in calls:
        clock.now += wait
        if limit.take(count):
            result.append((clock.now, count))
    return result


def worst(passed: list[tuple[float, int]], seconds: float) -> int:
    """The most recipients in any window of so many seconds that no single call overfills."""
    sums = []
    for index, (begin, first) in enumerate(passed):
        others = sum(count for at, count in passed[index + 1 :] if at < begin + seconds - 1e-4)
        sums.append(first + others if others else 0)
    return max(sums, default=0)


@given(rate=st.floats(1, 200), calls=CALLS)
def test_strict_lets_no_second_see_more_than_the_rate(rate: float, calls: list[tuple[float, int]]) -> None:
    assert worst(passed(Limiter.STRICT, rate, calls), 1) <= rate + 0.01


@given(rate=st.floats(1, 200), calls=CALLS)
def test_lenient_tolerates_a_tenth_in_a_second_and_nothing_in_ten(rate: float, calls: list[tuple[float, int]]) -> None:
    result = passed(Limiter.LENIENT, rate, calls)
    assert worst(result, 1) <= rate * 1.1 + 0.01
    assert worst(result, 10) <= max(rate * 10 + 0.01, 50)


@given(rate=st.floats(1, 200), calls=CALLS)
def test_the_bucket_lets_no_window_see_more_than_the_rate_and_one_burst(
    rate: float, calls: list[tuple[float, int]]
) -> None:
    result, size = passed(Limiter.BUCKET, rate, calls), max(1.0, rate)
    excess = max(50 - size, 0)
    for index, (start, _) in enumerate(result):
        total = 0
        for at, count in result[index:]:
            total += count
            assert total <= rate * (at - start) + size + excess + 0.01


@LIMITERS
@given(rate=st.integers(1, 200))
def test_mail_that_keeps_to_the_rate_always_passes(limiter: Limiter, rate: int) -> None:
    clock = Clock()
    begin, limit = clock.now, rate_limit(limiter, rate, clock)
    for number in range(3 * rate):
        clock.now = begin + number / rate
        assert limit.take(1)


@pytest.mark.parametrize(("limiter", "passes"), [(Limiter.STRICT, 10), (Limiter.BUCKET, 19), (Limiter.LENIENT, 11)])
def test_a_second_after_a_pause(limiter: Limiter, passes: int) -> None:
    """Ten at once, and then as many as pass within the same second."""
    assert len(passed(limiter, 10, [(0, 1)] * 10 + [(0.00999, 1)] * 100)) == passes


@LIMITERS
def test_a_call_for_more_than_a_second_allows_passes_when_nothing_else_counts(limiter: Limiter) -> None:
    assert passed(limiter, 10, [(0, 30), (1, 30), (10, 30)])[0] == (Clock().now, 30)
    assert [count for _, count in passed(limiter, 10, [(0, 30), (0, 1), (10, 30)])] == [30, 30]


@LIMITERS
def test_a_call_that_is_refused_does_not_count(limiter: Limiter) -> None:
    calls = [(0.0, 10), *[(0.01, 10)] * 50, (0.51, 10)]
    assert [round(at - Clock().now, 2) for at, _ in passed(limiter, 10, calls)] == [0, 1.01]


@LIMITERS
def test_the_rate_changes_and_a_rate_of_nothing_is_no_limit(limiter: Limiter) -> None:
    clock = Clock()
    limit = rate_limit(limiter, 0, clock)
    assert all(limit.take(50) for _ in range(100))
    limit.change(2)
    clock.now += 60
    assert [limit.take(1) for _ in range(3)] == [True, True, False]
    assert limit.rate == 2


def test_a_smaller_bucket_keeps_no_tokens_of_the_larger_one() -> None:
    limit = TokenBucket(100, Clock())
    limit.change(3)
    assert [limit.take(1) for _ in range(4)] == [True, True, True, False]


class TestStrict:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_send_rate=3, limiter=Limiter.STRICT)

    def test_a_bulk_call_counts_each_recipient(self, world: World) -> None:
        world.ses.create_email_template(TemplateName="t", TemplateContent={"Subject": "s", "Text": "t"})
        answer = world.ses.send_bulk_email(
            FromEmailAddress="a@example.com",
            DefaultContent={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"ToAddresses": [f"a{number}@b.org"]}} for number in range(5)],
        )
        statuses = [result["Status"] for result in answer["BulkEmailEntryResults"]]
        assert statuses == ["SUCCESS"] * 3 + ["ACCOUNT_THROTTLED"] * 2

    def test_the_second_slides(self, world: World) -> None:
        world.send("a@b.org", "b@b.org")
        world.clock.now += 0.9
        world.send("c@b.org")
        with pytest.raises(world.ses.exceptions.TooManyRequestsException):
            world.send("d@b.org")
        world.clock.now += 0.1
        world.send("d@b.org", "e@b.org")
