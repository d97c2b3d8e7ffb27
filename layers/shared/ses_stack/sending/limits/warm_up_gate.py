"""Which jobs of a batch may go through the dedicated IP addresses while these warm up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ses_stack.mail.addresses import provider_of
from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.warm_up import WarmUp
from ses_stack.sending.ports import Collaborators

# Recipients by the row of their pool's day, and by provider.
type _PoolCounts = Counter[tuple[str, str]]


class WarmUpGate:
    """_PoolCounts the recipients of one batch at each provider, and takes off the count those that were not sent to."""

    def __init__(self, collaborators: Collaborators, dispositions: Dispositions) -> None:
        self._warm_up = collaborators.warm_up
        self._counter = collaborators.warm_up_counter
        self._clock = collaborators.clock
        self._dispositions = dispositions
        self._admitted: list[tuple[Job, _PoolCounts]] = []
        # What this batch has taken of each count, and has given to no message.
        self._unused: _PoolCounts = Counter()

    async def admit(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that may be sent now. Raises `TableError`.

        Above the day's limit, transactional mail goes through SES's shared addresses, and other mail is deferred until
        the next day.
        """
        now = self._clock.now()
        limit = self._warm_up.limit(now) if self._warm_up else None
        if self._warm_up is None or self._counter is None or limit is None:
            return list(jobs)
        needs = {id(job): _needs(job, self._warm_up, now) for job in jobs}
        for (key, provider), wanted in sum(needs.values(), Counter[tuple[str, str]]()).items():
            self._unused[key, provider] += await self._counter.admit(key, provider, wanted=wanted, limit=limit)
        next_day = self._warm_up.next_day(now)
        return [job for job in jobs if self._may_send(job, needs[id(job)], next_day)]

    def _may_send(self, job: Job, needs: _PoolCounts, next_day: float) -> bool:
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
        """Takes the recipients off the day's counts that got no mail, so that another message may have their place."""
        for job, needs in self._admitted:
            if not job.may_have_been_sent:
                self._unused.update(needs)
        rows: dict[str, dict[str, int]] = {}
        for (key, provider), count in self._unused.items():
            if count > 0:
                rows.setdefault(key, {})[provider] = count
        for key, unused in rows.items():
            if self._counter:
                await self._dispositions.attempt(self._counter.give_back(key, unused))


def _needs(job: Job, warm_up: WarmUp, now: float) -> _PoolCounts:
    """The recipients that the job's stream would send to through a pool; none without a pool."""
    pool = warm_up.pools.get(job.request.stream)
    if pool is None:
        return Counter()
    return Counter((warm_up.key(pool, now), provider_of(recipient)) for recipient in job.recipients)


def _fits(needs: _PoolCounts, room: _PoolCounts) -> bool:
    return all(room[key] >= count for key, count in needs.items())
