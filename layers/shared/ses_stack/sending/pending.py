"""The jobs of a batch that wait to be sent, and the slots that the worker has reserved for them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.pacing import Clock, Pacer
from ses_stack.sending.limits.rate import Rate


class PendingJobs:
    """Jobs without a slot. `ready` are those that may take one now.

    Messages with attachments in S3 become ready one after the other: a worker has memory for one of them, encoded and
    signed on its way to SES, not for ten.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.ready: deque[Job] = deque()
        self._large: deque[Job] = deque()
        self._current_large: Job | None = None
        for job in jobs:
            (self._large if job.request.has_s3_attachments else self.ready).append(job)

    def __bool__(self) -> bool:
        return bool(self.ready or self._large)

    def start_next_large(self) -> None:
        """Makes the next large message ready, if no other one is under way."""
        if self._large and self._current_large is None:
            self._current_large = self._large.popleft()
            self.ready.append(self._current_large)

    def finish(self, jobs: Iterable[Job]) -> None:
        """Notes that these jobs are sent or requeued, except those that are ready again."""
        if _contains(jobs, self._current_large) and not _contains(self.ready, self._current_large):
            self._current_large = None

    def take(self, is_wanted: Callable[[Job], bool]) -> list[Job]:
        """Removes the jobs that are wanted, and returns them."""
        taken = [job for job in (*self.ready, *self._large) if is_wanted(job)]
        self.ready = deque(job for job in self.ready if not _contains(taken, job))
        self._large = deque(job for job in self._large if not _contains(taken, job))
        self.finish(taken)
        return taken

    def take_all(self) -> list[Job]:
        """Removes all jobs, and returns them."""
        jobs = [*self.ready, *self._large]
        self.ready.clear()
        self._large.clear()
        return jobs


class ReservedSlots:
    """The moments of the slots that the worker has reserved and not yet used, in order."""

    def __init__(self, pacer: Pacer, clock: Clock, *, until: float, longest_seconds: float) -> None:
        """No slot is reserved after `until`. One message waits for slots of at most `longest_seconds`."""
        self._pacer = pacer
        self._clock = clock
        self._until = until
        self._longest_seconds = longest_seconds
        self._moments: deque[float] = deque()
        self._void_until = -math.inf

    async def reserve(self, jobs: Iterable[Job], rate: Rate) -> bool:
        """Reserves slots for as many jobs as possible; False if none came free in time. Raises `TableError`."""
        missing = sum(self._slots_for(job, rate) for job in jobs) - len(self._moments)
        if missing <= 0:
            return True
        moments = await self._pacer.take(missing, rate, until=self._until)
        self._moments.extend(moments)
        return bool(moments)

    def assign(self, ready: deque[Job], rate: Rate) -> list[Job]:
        """Takes the first jobs off `ready` that there are slots for, and sets when each is due."""
        assigned: list[Job] = []
        oldest = self._clock.now() - self._pacer.tolerance_seconds
        while ready and (needed := self._slots_for(ready[0], rate)) <= len(self._moments):
            if self._moments[needed - 1] < oldest:
                self._moments.popleft()
                continue
            job = ready.popleft()
            job.assigned_at = self._clock.now()
            job.slots = tuple(self._moments.popleft() for _ in range(needed))
            job.due_at = job.slots[-1]  # when all of the message's recipients are due
            assigned.append(job)
        return assigned

    def release(self, jobs: Sequence[Job]) -> None:
        """Makes the slots of jobs free again that will not be sent: those that each was given, and each once."""
        released = [moment for job in jobs if not self._is_void(job) for moment in job.slots]
        for job in jobs:
            job.slots = ()
        self._moments = deque(sorted((*released, *self._moments)))

    def void(self) -> None:
        """Gives up all slots, because SES throttles: they were reserved at a rate that is too high."""
        self._moments.clear()
        self._void_until = self._clock.now()

    def are_usable(self, jobs: Sequence[Job]) -> bool:
        """Whether a call for these jobs may still begin: their slots were not given up, and it is not too late."""
        if any(self._is_void(job) for job in jobs):
            return False
        return self._pacer.is_in_time(max(job.due_at for job in jobs))

    def _is_void(self, job: Job) -> bool:
        return job.assigned_at <= self._void_until

    def _slots_for(self, job: Job, rate: Rate) -> int:
        """One for each recipient, but no more than a batch can wait for: a small account would never send it."""
        return min(job.recipient_count, max(1, int(rate.per_second * self._longest_seconds)))


def _contains(jobs: Iterable[Job], job: Job | None) -> bool:
    return any(each is job for each in jobs)
