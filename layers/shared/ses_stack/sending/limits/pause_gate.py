"""Keeps paused mail from claims, slots and calls of SES, which would refuse it."""

from __future__ import annotations

from collections.abc import Sequence

from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.account_limits import Allowance
from ses_stack.sending.ports import Collaborators


class PauseGate:
    """Puts the paused mail of one batch back into its lane."""

    def __init__(self, collaborators: Collaborators, dispositions: Dispositions) -> None:
        self._hold_time = collaborators.hold_time
        self._dispositions = dispositions

    async def admit(self, jobs: Sequence[Job], allowance: Allowance) -> list[Job]:
        """The jobs that may be sent. The others are held."""
        reasons = {
            id(job): reason for job in jobs if (reason := allowance.held_by(job.request.stream, job.request.tenant))
        }
        if reasons:
            await self._hold_time.refresh()
        for job in jobs:
            if reason := reasons.get(id(job)):
                self.hold(job, reason)
        return [job for job in jobs if id(job) not in reasons]

    def hold(self, job: Job, reason: str) -> None:
        """Holds one job, by the last count of the lane's messages."""
        self._dispositions.hold(job, self._hold_time.seconds(), reason)
