"""What happens to a batch before anything is sent: records become jobs, and jobs that must not be sent now drop out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ses_stack.errors import RecordError, TableError
from ses_stack.requests.request import LONGEST_WAIT_SECONDS, SendRequest
from ses_stack.sending.answers import may_send_twice
from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.limits.pause_gate import PauseGate
from ses_stack.sending.limits.warm_up_gate import WarmUpGate
from ses_stack.sending.only_recipients import NOT_NAMED
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus, Step
from ses_stack.sending.ports import Collaborators

# The Mailer checks `not_before` by the application's clock, before SQS stamps the message by its own.
_CLOCK_SKEW_SECONDS = 3_600
_NO_EVIDENCE = "no answer from SES, and no Send event since: it may have been sent"


class Intake:
    """Decides for each record of a batch whether it may be sent now. What may not is left to the dispositions."""

    def __init__(
        self, collaborators: Collaborators, dispositions: Dispositions, pauses: PauseGate, warm_up: WarmUpGate
    ) -> None:
        self._collaborators = collaborators
        self._clock = collaborators.clock
        self._dispositions = dispositions
        self._pauses = pauses
        self._warm_up = warm_up

    async def sendable_jobs(self, records: Sequence[LaneRecord]) -> list[Job]:
        """The jobs that may be sent now; none if a table is unavailable."""
        jobs = self._jobs_of(records)
        try:
            jobs = await self._without_finished(jobs)
            jobs = await self._without_paused(jobs)
            jobs = await self._without_suppressed(jobs)
            return await self._warm_up.admit(jobs)
        except TableError as error:
            self._dispositions.requeue_without_ledger(jobs, str(error))
            return []

    def may_claim(self, job: Job, row: LedgerEntry | None) -> bool:
        """Whether the request's ledger row, if there is one, lets this worker claim the request."""
        if row is None:
            return True
        job.entry, job.in_ledger = _with_recipients(row, job.entry), True
        decision = ledger.next_step(
            row,
            now=self._clock.now(),
            evidence_seconds=self._collaborators.rules.evidence_seconds,
            redriven=job.record.redriven,
            may_send_twice=may_send_twice(job.request.stream),
        )
        match decision.step:
            case Step.CLAIM:
                return True
            case Step.WAIT:
                self._dispositions.requeue_in_doubt(job, decision.until)
            case Step.GIVE_UP:
                self._dispositions.dead_letter(job, RequestStatus.UNKNOWN, _NO_EVIDENCE)
            case Step.DROP:
                self._dispositions.already_done(job)
        return False

    def has_expired(self, job: Job) -> bool:
        """Whether `expires_at` has passed; then the request is over."""
        expires_at = job.request.expires_at
        if expires_at is None or expires_at.timestamp() > self._clock.now():
            return False
        self._dispositions.end(job, RequestStatus.EXPIRED, "expires_at has passed")
        return True

    def _jobs_of(self, records: Sequence[LaneRecord]) -> list[Job]:
        """One job for each request; malformed records and duplicates drop out."""
        jobs: dict[str, Job] = {}
        for record in records:
            try:
                request = self._collaborators.read_request(record.body)
            except RecordError as error:
                self._dispositions.dead_letter_malformed(record, error.cause)
                continue
            if request.request_id in jobs:
                self._dispositions.requeue_duplicate(record, request.request_id)
                continue
            jobs[request.request_id] = self._job_of(record, request)
        return list(jobs.values())

    def _job_of(self, record: LaneRecord, request: SendRequest) -> Job:
        recipients = tuple(mailbox.key for mailbox in request.recipients)
        entry = LedgerEntry(
            request_id=request.request_id,
            status=RequestStatus.DEFERRED,
            stream=request.stream,
            lane=self._collaborators.lane.value,
            recipients=len(request.recipients),
            recipient=recipients[0],
            further_recipients=recipients[1:],
            queued_at=record.queued_at,
            changed_at=record.queued_at,
        )
        return Job(record=record, request=request, recipients=frozenset(recipients), entry=entry)

    async def _without_finished(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that the ledger and their own times let be sent now. Only records that came before have a row."""
        repeated = [job for job in jobs if job.record.deferrals or job.record.redriven or job.record.received > 1]
        request_ids = [job.request.request_id for job in repeated]
        rows = await self._collaborators.ledger.read(request_ids) if request_ids else {}
        return [job for job in jobs if self.may_claim(job, rows.get(job.request.request_id)) and self._is_in_time(job)]

    def _is_in_time(self, job: Job) -> bool:
        """Whether `expires_at` and `not_before` let the job be sent now."""
        if self.has_expired(job):
            return False
        start = job.request.not_before.timestamp() if job.request.not_before else 0.0
        if start <= self._clock.now():
            return True
        if start > job.record.queued_at + LONGEST_WAIT_SECONDS + _CLOCK_SKEW_SECONDS:
            reason = "not_before is more than 14 days after it was queued"
            self._dispositions.dead_letter(job, RequestStatus.FAILED, reason)
        else:
            self._dispositions.defer_until(job, start, "not_before is to come")
        return False

    async def _without_paused(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs whose stream is not paused. Looked up first: held mail comes back often, and must cost little."""
        return await self._pauses.admit(jobs, await self._collaborators.limits.now()) if jobs else []

    async def _without_suppressed(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that have recipients left when the suppressed ones are removed. One lookup per stream and topic."""
        groups: dict[tuple[str, str | None], list[Job]] = {}
        for job in jobs:
            groups.setdefault((job.request.stream, job.request.topic), []).append(job)
        for (stream, topic), group in groups.items():
            addresses = sorted({address for job in group for address in job.recipients})
            suppressed = await self._collaborators.suppressions.check(addresses, stream=stream, topic=topic)
            for job in group:
                self._remove_suppressed(job, suppressed)
        return [job for job in jobs if job.recipients]

    def _remove_suppressed(self, job: Job, suppressed: Mapping[str, str]) -> None:
        removed = {address: suppressed[address] for address in sorted(job.recipients) if address in suppressed}
        job.suppressed = removed
        job.recipients -= removed.keys()
        if not job.recipients:
            only = set(removed.values()) == {NOT_NAMED}
            reason = "OnlyRecipients names no recipient of it" if only else "every recipient is suppressed"
            self._dispositions.end(job, RequestStatus.SUPPRESSED, reason)


def _with_recipients(row: LedgerEntry, known: LedgerEntry) -> LedgerEntry:
    """A row that was read, with the recipients that the worker knows of its request."""
    return replace(row, recipient=row.recipient or known.recipient, further_recipients=known.further_recipients)
