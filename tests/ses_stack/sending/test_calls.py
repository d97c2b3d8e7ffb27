"""Jobs that are claimed together, and those that share a call: SES counts these at one moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.calls import ENTRIES_PER_CALL, due_together, in_calls
from ses_stack.sending.jobs import Job
from ses_stack.sending.outcomes.ledger import RequestStatus
from tests.support.sender_fakes import ledger_entry, record


def job(number: int, due_at: float) -> Job:
    sent = record(f"r{number}")
    return Job(record=sent, request=request_of(sent.body), entry=ledger_entry(RequestStatus.SENDING), due_at=due_at)


def sizes(rate: float, count: int) -> list[int]:
    jobs = [job(number, number / rate) for number in range(count)]
    return [len(call) for call in in_calls(jobs, lambda _: "template")]


def test_how_many_share_a_call_follows_the_rate() -> None:
    assert sizes(14, 5) == [1] * 5
    assert sizes(90, 5) == [1] * 5
    assert sizes(1_000, 20) == [11, 9]
    assert sizes(100_000, 120) == [ENTRIES_PER_CALL, ENTRIES_PER_CALL, 20]


def test_a_job_without_shared_fields_has_a_call_of_its_own() -> None:
    assert [len(call) for call in in_calls([job(0, 1.0), job(1, 1.0)], lambda _: None)] == [1, 1]


@given(st.lists(st.tuples(st.floats(0, 0.1), st.sampled_from(["a", "b", None])), max_size=80))
def test_each_job_is_in_one_call_and_none_waits_longer_than_a_hundredth_of_a_second(
    jobs: list[tuple[float, str | None]],
) -> None:
    fields = {f"r{number}": name for number, (_, name) in enumerate(jobs)}
    calls = in_calls(
        [job(number, due_at) for number, (due_at, _) in enumerate(jobs)], lambda each: fields[each.request.request_id]
    )
    assert sorted(each.request.request_id for call in calls for each in call) == sorted(fields)
    for call in calls:
        assert len({fields[each.request.request_id] for each in call}) == 1
        assert max(each.due_at for each in call) - min(each.due_at for each in call) <= 0.01
        assert len(call) == 1 or fields[call[0].request.request_id]


def test_jobs_that_are_due_within_a_short_time_are_claimed_together() -> None:
    jobs = [job(number, due_at) for number, due_at in enumerate((1.0, 1.1, 1.15, 1.16, 1.5))]
    assert [[each.due_at for each in part] for part in due_together(jobs)] == [[1.0, 1.1, 1.15], [1.16], [1.5]]
    assert due_together([]) == []
