"""Mail of a batch while the dedicated addresses warm up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ses_stack.mail.addresses import provider_of
from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.warm_up import FIRST_DAY_RECIPIENTS, WarmUp
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import Collaborators
from tests.support.failing_world import WARM_UP, FailingWorld, Failure
from tests.support.sender_fakes import START, ledger_entry, record, sent_ids

# The calls before it: the limits, and the suppression list.
FIRST_ADMISSION = 3


class WarmWorld(FailingWorld):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.shared: set[str] = set()

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        self.shared |= {job.request.request_id for job in jobs if job.uses_shared_addresses}
        return await super().send(jobs)


def test_over_the_schedule_urgent_mail_takes_shared_addresses() -> None:
    world = WarmWorld()
    world.warm["gmail"] = FIRST_DAY_RECIPIENTS - 1
    world.run(*(record(f"r{number}", to=[f"{number}@gmail.com"]) for number in range(3)), record("other"))
    assert Counter(each[1] for each in world.accepted).total() == 4
    assert world.shared == {"r1", "r2"}


def test_over_the_schedule_a_newsletter_waits_for_the_next_day() -> None:
    world = WarmWorld(lane=Lane.BULK)
    world.warm["gmail"] = FIRST_DAY_RECIPIENTS
    world.run(record("r1", to=["a@gmail.com"], stream="marketing"), record("r2", stream="default"))
    row = world.rows["r1"]
    assert (row.status, row.deferral) == (RequestStatus.DEFERRED, "the dedicated addresses are warming up")
    assert row.until == WARM_UP.next_day(START)
    assert [each[1] for each in world.accepted] == ["r2"]


class PoolsWorld(WarmWorld):
    """Each stream has a pool of its own; the counts are by row and provider."""

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        return await super().admit("", f"{key.split('#')[1]} {provider}", wanted=wanted, limit=limit)

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        await super().give_back("", {f"{key.split('#')[1]} {name}": count for name, count in unused.items()})

    def tools(self) -> Collaborators:
        pools = {"marketing": "news", "default": "rest"}
        return replace(super().tools(), warm_up=WarmUp(pools=pools, start=WARM_UP.start))


def test_every_pool_has_a_count_of_its_own() -> None:
    world = PoolsWorld(lane=Lane.BULK, answers={"r3": [SesAnswer(Verdict.FAULT, "500")]})
    world.warm.update({"news gmail": FIRST_DAY_RECIPIENTS, "rest gmail": 1})
    world.run(
        record("r1", to=["a@gmail.com"], stream="marketing"),
        record("r2", to=["a@gmail.com"], stream="default"),
        record("r3", to=["b@gmail.com"], stream="default"),
        record("r4", to=["a@gmail.com"], stream="transactional"),
    )
    assert world.rows["r1"].deferral == "the dedicated addresses are warming up"
    assert sorted(sent_ids(world)) == ["r2", "r4"]
    assert world.warm == {"news gmail": FIRST_DAY_RECIPIENTS, "rest gmail": 2}, "r3 was given back; r4 has no pool"


def test_what_was_counted_and_not_sent_is_given_back() -> None:
    world = WarmWorld(
        answers={"r1": [SesAnswer(Verdict.FAULT, "500")], "r2": [SesAnswer(Verdict.UNCERTAIN, "no answer")]}
    )
    world.warm.update({"gmail": FIRST_DAY_RECIPIENTS - 3, "yahoo": FIRST_DAY_RECIPIENTS})
    world.run(
        record("r1", to=["a@gmail.com"]),
        record("r2", to=["b@gmail.com"]),
        record("r3", to=["c@gmail.com", "d@yahoo.com"]),
    )
    assert world.rows["r1"].status is RequestStatus.DEFERRED
    assert world.shared == {"r3"}
    assert world.warm["gmail"] == FIRST_DAY_RECIPIENTS - 2, "only r2, which may have been sent"


def test_a_counter_that_does_not_answer_loses_nothing() -> None:
    world = WarmWorld(fails_at=FIRST_ADMISSION)
    world.run(record())
    assert (world.failed_call, len(world.copies)) == ("admit", 1)


def test_what_was_counted_before_the_counter_failed_is_given_back() -> None:
    world = WarmWorld(fails_at=FIRST_ADMISSION + 1)
    world.run(record("r1", to=["a@gmail.com"]), record("r2", to=["b@yahoo.com"]))
    assert (world.failed_call, len(world.copies), world.warm.total()) == ("admit", 2, 0)


def test_mail_that_another_worker_sent_is_not_counted_twice() -> None:
    world = WarmWorld()
    world.rows["r1"] = ledger_entry(RequestStatus.SENT)
    world.run(record("r1", to=["a@gmail.com"]))  # the claim meets the other worker's row
    assert (sent_ids(world), world.warm["gmail"]) == ([], 0)


VERDICTS = st.sampled_from([*Verdict])
MESSAGES = st.lists(
    st.tuples(st.lists(st.sampled_from(["gmail", "yahoo", "example"]), min_size=1, max_size=4), VERDICTS),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(MESSAGES, st.integers(0, 30), st.sampled_from(Failure), st.integers(0, 12))
def test_the_count_is_what_may_have_been_sent(
    messages: list[tuple[list[str], Verdict]], fails_at: int, failure: Failure, left: int
) -> None:
    """Whatever fails, and whatever SES answers. If the counter or SES does not answer, it may be too high."""
    answers = {
        f"r{number}": [SesAnswer(verdict, "an answer", message_id="ses")] * 9
        for number, (_, verdict) in enumerate(messages)
    }
    world = WarmWorld(answers=answers, fails_at=fails_at, failure=failure)
    start = FIRST_DAY_RECIPIENTS - left
    world.warm.update(dict.fromkeys(["gmail", "yahoo", "other"], start))
    world.run(
        *(
            record(f"r{number}", to=[f"{each}@{provider}.com" for each, provider in enumerate(providers)])
            for number, (providers, _) in enumerate(messages)
        )
    )
    sent = [
        Counter(map(provider_of, recipients))
        for _, request_id, recipients in world.accepted
        if request_id not in world.shared and world.rows[request_id].claim
    ]
    expected = sum(sent, Counter[str]())
    for provider in ("gmail", "yahoo", "other"):
        counted = world.warm[provider] - start
        if world.failed_call in {"admit", "give back", "send"}:
            assert expected[provider] <= counted <= left
        else:
            assert counted == expected[provider]
