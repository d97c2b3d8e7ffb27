"""Claims: the ledger row that a worker writes before it calls SES, so that no other worker sends the same request."""

from __future__ import annotations

from collections.abc import Sequence

from ses_stack.errors import PartialWriteError, TableError
from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.intake import Intake
from ses_stack.sending.jobs import Job
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import LedgerChange
from ses_stack.sending.ports import Collaborators


class Claims:
    """Claims jobs in the ledger."""

    def __init__(self, collaborators: Collaborators, dispositions: Dispositions, intake: Intake) -> None:
        self._ledger = collaborators.ledger
        self._clock = collaborators.clock
        self._dispositions = dispositions
        self._intake = intake

    async def claim(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that this worker holds afterwards. The others were requeued, or are over.

        If the table fails, the claims that it has taken stay, and their jobs are sent.
        """
        unclaimed = [job for job in jobs if not job.claimed]
        try:
            lost = await self._claim(unclaimed)
            if lost:
                await self._claim_over_rows(lost)
        except TableError as error:
            self._dispositions.requeue_without_ledger([job for job in unclaimed if not job.claimed], str(error))
        return [job for job in jobs if job.claimed]

    async def _claim(self, jobs: Sequence[Job]) -> list[Job]:
        """Writes claims; returns the jobs whose row is another one than this worker knows."""
        if not jobs:
            return []
        now = self._clock.now()
        changes = [job.change_to(ledger.claimed(job.entry, now)) for job in jobs]
        try:
            _note_claims(jobs, changes, await self._ledger.write(changes))
        except PartialWriteError as error:
            _note_claims(jobs, changes, error.written)
            raise
        return [job for job in jobs if not job.claimed]

    async def _claim_over_rows(self, jobs: Sequence[Job]) -> None:
        """Claims requests that have a row, or another row than this worker has read."""
        rows = await self._ledger.read([job.request.request_id for job in jobs])
        claimable = [job for job in jobs if self._intake.may_claim(job, rows.get(job.request.request_id))]
        for job in await self._claim(claimable):
            self._dispositions.requeue_claimed_elsewhere(job)


def _note_claims(jobs: Sequence[Job], changes: Sequence[LedgerChange], written: Sequence[bool | None]) -> None:
    for job, change, made in zip(jobs, changes, written, strict=True):
        if made:
            job.entry, job.in_ledger, job.claimed = change.entry, True, True
