"""Which jobs of a batch may go through the dedicated IP addresses while these warm up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ses_stack.mail.addresses import provider_of
from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.warm_up import STREAMS
from ses_stack.sending.ports import Collaborators


class WarmUpGate:
    """Counts the recipients of one batch at each provider, and takes off the count those that were not sent to."""

    def __init__(self, collaborators: Collaborators, dispositions: Dispositions) -> None:
        self._warm_up = collaborators.warm_up
        self._counter = collaborators.warm_up_counter
        self._clock = collaborators.clock
        self._dispositions = dispositions
        self._day_key = ""
        self._admitted: list[tuple[Job, Counter[str]]] = []
        # What this batch has taken of each provider's count, and has given to no message.
        self._unused: Counter[str] = Counter()

    async def admit(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that may be sent now. Raises `TableError`.

        Above the day's limit, transactional mail goes through SES's shared addresses, and marketing mail is deferred
        until the next day.
        """
        now = self._clock.now()
        limit = self._warm_up.limit(now) if self._warm_up else None
        if self._warm_up is None or self._counter is None or limit is None:
            return list(jobs)
        self._day_key = self._warm_up.key(now)
        needs = {id(job): Counter(map(provider_of, job.recipients)) for job in jobs if job.request.stream in STREAMS}
        for provider, wanted in sum(needs.values(), Counter[str]()).items():
            self._unused[provider] += await self._counter.admit(self._day_key, provider, wanted=wanted, limit=limit)
        next_day = self._warm_up.next_day(now)
        return [job for job in jobs if self._may_send(job, needs.get(id(job), Counter()), next_day)]

    def _may_send(self, job: Job, needs: Counter[str], next_day: float) -> bool:
        if _fits(needs, self._unused):
            self._unused.subtract(needs)
            self._admitted.append((job, needs))
            return True
        if job.request.stream == "transactional":
            job.uses_shared_addresses = True
            return True
        self._dispositions.defer_until(job, next_day, "the dedicated addresses are warming up")
        return False

    async def give_back(self) -> None:
        """Takes the recipients off the day's count that got no mail, so that another message may have their place."""
        for job, needs in self._admitted:
            if not job.may_have_been_sent:
                self._unused.update(needs)
        if self._counter and self._unused.total():
            await self._dispositions.attempt(self._counter.give_back(self._day_key, self._unused))


def _fits(needs: Mapping[str, int], room: Mapping[str, int]) -> bool:
    return all(room[provider] >= count for provider, count in needs.items())
