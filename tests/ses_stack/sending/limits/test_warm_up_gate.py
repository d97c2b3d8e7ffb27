"""Mail of a batch while the dedicated addresses warm up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ses_stack.mail.lanes import Lane
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.limits.warm_up import FIRST_DAY_RECIPIENTS, WarmUp
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.ports import Collaborators
from tests.support.sender_fakes import START, World, record

WARM_UP = WarmUp(pool="own", start=date(2026, 9, 21))  # the day of START


class WarmWorld(World):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.warm: Counter[str] = Counter()
        self.shared: set[str] = set()

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        await self._await("warmth")
        assert key == "WARMUP#own#2026-09-21"
        admitted = max(0, min(wanted, limit - self.warm[provider]))
        self.warm[provider] += admitted
        return admitted

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        await self._await("warmth")
        self.warm.subtract(unused)

    def _answer(self, job):  # type: ignore[no-untyped-def]
        if job.uses_shared_addresses:
            self.shared.add(job.request.request_id)
        return super()._answer(job)

    def tools(self) -> Collaborators:
        return replace(super().tools(), warm_up=WARM_UP, warm_up_counter=self)


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
    world = WarmWorld(broken={"warmth"})
    world.run(record())
    assert len(world.copies) == 1
