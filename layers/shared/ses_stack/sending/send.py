"""The sender: hands a batch of send requests to SES, each once, at the account's rate.

The worker may stop at any line. Every request is then still in its lane, or in the dead-letter queue, or its ledger row
shows what happened to it. The order of writes ensures that: a row is claimed before SES is called; a deferral is
written, then the copy is queued, then the original deleted; a dead letter is queued, then written to the ledger, then
the original deleted.

    intake        records become jobs; what must not be sent now drops out
    pause_gate    puts mail of paused streams back into its lane
    warm_up_gate  counts mail of dedicated addresses that warm up
    pending       jobs that wait, and the slots that are reserved for them
    claims        the ledger row is written before SES is called
    calls         which jobs are claimed together, and which share a call
    send          the loop over all of these
    dispositions  where each request goes
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

from ses_stack.errors import TableError
from ses_stack.requests.request import SendRequest
from ses_stack.sending.answers import DEFERRALS, NO_SLOT_IN_TIME, SesAnswer, Verdict
from ses_stack.sending.calls import due_together
from ses_stack.sending.claims import Claims
from ses_stack.sending.dispositions import Dispositions
from ses_stack.sending.intake import Intake
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.limits.account_limits import Allowance
from ses_stack.sending.limits.pause_gate import PauseGate
from ses_stack.sending.limits.rate import Rate, SenderCounts
from ses_stack.sending.limits.warm_up_gate import WarmUpGate
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.pending import PendingJobs, ReservedSlots
from ses_stack.sending.ports import Collaborators
from ses_stack.sending.sent_batch import SentBatch

_MOST_THROTTLES = 3
# A worker that stops leaves the outcome of its claims unknown. So it claims shortly before a job is due.
_CLAIM_AHEAD_SECONDS = 0.06


async def send(records: Sequence[LaneRecord], collaborators: Collaborators, *, until: float) -> SentBatch:
    """Sends what can be sent before `until` (a moment of the clock), and requeues the rest."""
    dispositions = Dispositions(collaborators)
    pauses, warm_up = PauseGate(collaborators, dispositions), WarmUpGate(collaborators, dispositions)
    intake = Intake(collaborators, dispositions, pauses, warm_up)
    jobs = await intake.sendable_jobs(records)
    until -= collaborators.rules.margin_seconds
    loop = SendingLoop(jobs, collaborators, dispositions, intake, pauses, until=until)
    await loop.run()
    await dispositions.flush()
    await warm_up.give_back()
    if loop.recipients_sent:
        await dispositions.attempt(collaborators.limits.count(loop.recipients_sent))
    counts = SenderCounts(
        recipients=loop.recipients_sent,
        deferrals=dispositions.batch.deferrals,
        throttles=loop.throttles,
        message_id=loop.last_message_id,
    )
    if counts != SenderCounts():
        await dispositions.attempt(collaborators.pacer.count_sent(counts))
    return dispositions.batch


class SendingLoop:
    """Sends the jobs of one batch, each in its slot, until all have been disposed of."""

    def __init__(
        self,
        jobs: Sequence[Job],
        collaborators: Collaborators,
        dispositions: Dispositions,
        intake: Intake,
        pauses: PauseGate,
        *,
        until: float,
    ) -> None:
        self._lane, self._rules = collaborators.lane, collaborators.rules
        self._clock, self._limits, self._ses = collaborators.clock, collaborators.limits, collaborators.ses
        self._dispositions = dispositions
        self._intake = intake
        self._pauses = pauses
        self._claims = Claims(collaborators, dispositions, intake)
        self._until = until
        self._last_large_at = until + self._rules.margin_seconds - self._rules.large_message_seconds
        self._pending = PendingJobs(jobs)
        self._slots = ReservedSlots(
            collaborators.pacer, self._clock, until=until, longest_seconds=self._rules.margin_seconds
        )
        self._allowance: Allowance | None = None
        self._resumes_at = -math.inf
        self._throttling = asyncio.Lock()
        # What SES has answered to mail of a stream and tenant: SES pauses accounts, configuration sets and tenants.
        self._paused: dict[tuple[str, str | None], str] = {}
        self.recipients_sent = self.throttles = 0
        self.last_message_id = ""

    async def run(self) -> None:
        """Sends every job, or gives it another disposition."""
        running: set[asyncio.Task[None]] = set()
        try:
            while self._pending or running:
                self._pending.start_next_large()
                if self._pending.ready:
                    if group := await self._next_group():
                        running.add(asyncio.create_task(self._send_group(group)))
                elif running:
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
        finally:
            for task in running:
                task.cancel()

    async def _next_group(self) -> list[Job]:
        """The next jobs that have slots. Pending jobs that the account or the time does not allow are deferred."""
        try:
            rate = await self._allowed_rate()
            if not self._pending.ready or rate is None:
                return []
            await self._sleep_until(min(self._until, self._resumes_at))
            if not await self._slots.reserve(self._pending.ready, rate):
                self._dispositions.defer(self._pending.take_all(), NO_SLOT_IN_TIME, "no slot came free in time")
                return []
        except TableError as error:
            self._dispositions.requeue_without_ledger(self._pending.take_all(), str(error))
            return []
        return self._slots.assign(self._pending.ready, rate)

    async def _allowed_rate(self) -> Rate | None:
        """The rate; None if the account allows this lane no mail now. Holds paused mail. Raises `TableError`."""
        self._allowance = allowance = await self._limits.now()
        if allowance.resumes_at > self._resumes_at:
            self._slots.void()
            self._resumes_at = allowance.resumes_at
        await self._pauses.admit(self._pending.take(self._is_held), allowance)
        if not allowance.account.allows(self._lane, self._rules.quota_threshold):
            reason = "the day's quota is nearly used up"
            self._dispositions.defer(self._pending.take_all(), DEFERRALS[Verdict.QUOTA], reason)
            return None
        return allowance.rate

    async def _send_group(self, group: Sequence[Job]) -> None:
        """Claims and sends the jobs of a group, each when it is due, and writes their dispositions together."""
        await asyncio.gather(*(self._claim_and_send(jobs) for jobs in due_together(group)))
        self._pending.finish(group)
        await self._dispositions.flush()

    async def _claim_and_send(self, jobs: Sequence[Job]) -> None:
        await self._sleep_until(jobs[0].due_at - _CLAIM_AHEAD_SECONDS)
        claimed = await self._claims.claim([job for job in jobs if self._has_time_for(job)])
        self._slots.release([job for job in jobs if job.is_disposed_of])
        alone = [[job] for job in claimed if job.is_alone]
        calls = [*alone, *self._ses.together([job for job in claimed if not job.is_alone])]
        await asyncio.gather(*(self._send_call(call) for call in calls))

    async def _send_call(self, jobs: Sequence[Job]) -> None:
        """Sends the jobs of one call when the last of them is due. Jobs that are late need another slot."""
        await self._sleep_until(max(job.due_at for job in jobs))
        if await self._is_throttled() or not self._slots.are_usable(jobs):
            self._pending.ready.extend(jobs)
            return
        sendable = [job for job in jobs if self._may_still_send(job)]
        self._slots.release([job for job in jobs if job.is_disposed_of])
        if not sendable:
            return
        await self._call_ses(sendable)

    async def _call_ses(self, jobs: Sequence[Job]) -> None:
        answered = zip(jobs, await self._ses.send(jobs), strict=True)
        answers = [await self._understood(job, answer) for job, answer in answered]
        if len(jobs) > 1 and all(answer.verdict is Verdict.REJECTED for answer in answers):
            # SES may have refused the whole call because of one message in it: it must not take the others with it.
            for job in jobs:
                job.is_alone = True
            self._pending.ready.extend(jobs)
            return
        throttled = [pair for pair in zip(jobs, answers, strict=True) if pair[1].verdict is Verdict.THROTTLED]
        for job, answer in zip(jobs, answers, strict=True):
            if answer.verdict is not Verdict.THROTTLED:
                self._settle(job, answer)
        if throttled:
            await self._dispositions.attempt(self._slow_down())
            for job, answer in throttled:
                self._settle(job, answer)
        await self._share_limits({answer.verdict for answer in answers}, jobs[0].request)

    async def _is_throttled(self) -> bool:
        """Whether the worker was just finding out why SES throttles it. Meanwhile it calls no more."""
        if not self._throttling.locked():
            return False
        async with self._throttling:
            return True

    async def _slow_down(self) -> None:
        """Gives up the reserved slots if they were reserved at a rate that is too high."""
        async with self._throttling:
            if await self._limits.throttled():
                self._slots.void()

    async def _understood(self, job: Job, answer: SesAnswer) -> SesAnswer:
        """The answer. SES refuses mail of a paused tenant, and AWS does not say how: such a refusal is a pause."""
        tenant = job.request.tenant
        if answer.verdict is not Verdict.REJECTED or tenant is None:
            return answer
        try:
            is_paused = await self._limits.is_tenant_paused(tenant)
        except TableError:
            return answer
        return replace(answer, verdict=Verdict.PAUSED) if is_paused else answer

    async def _sleep_until(self, moment: float) -> None:
        if (seconds := moment - self._clock.now()) > 0:
            await self._clock.sleep(seconds)

    def _has_time_for(self, job: Job) -> bool:
        """Whether the worker's time suffices for the job's attachments in S3, if it has any."""
        if job.request.has_s3_attachments and self._clock.now() > self._last_large_at:
            self._dispositions.defer([job], NO_SLOT_IN_TIME, "too little time was left for its attachments")
            return False
        return True

    def _may_still_send(self, job: Job) -> bool:
        """Whether a claimed job may still be sent: it has not expired, and it is not paused."""
        if self._intake.has_expired(job):
            return False
        if reason := self._held_by(job):
            self._pauses.hold(job, reason)
            return False
        if reason := self._paused.get((job.request.stream, job.request.tenant)):
            self._dispositions.defer([job], DEFERRALS[Verdict.PAUSED], reason)
            return False
        return True

    def _is_held(self, job: Job) -> bool:
        return self._held_by(job) is not None

    def _held_by(self, job: Job) -> str | None:
        return self._allowance.held_by(job.request.stream, job.request.tenant) if self._allowance else None

    def _settle(self, job: Job, answer: SesAnswer) -> None:
        self.throttles += answer.verdict is Verdict.THROTTLED
        match answer.verdict:
            case Verdict.ACCEPTED:
                self.recipients_sent += job.recipient_count
                self.last_message_id = answer.message_id
                self._dispositions.sent(job, answer.message_id)
            case Verdict.REJECTED:
                self._dispositions.dead_letter(job, RequestStatus.FAILED, answer.reason)
            case Verdict.UNCERTAIN:
                self._dispositions.await_evidence(job, answer.reason)
            case Verdict.THROTTLED if job.throttles < _MOST_THROTTLES and self._clock.now() < self._until:
                job.throttles += 1
                self._pending.ready.append(job)
            case verdict:
                if verdict is Verdict.PAUSED:
                    self._paused[job.request.stream, job.request.tenant] = answer.reason
                self._dispositions.defer([job], DEFERRALS[verdict], answer.reason)

    async def _share_limits(self, verdicts: set[Verdict], request: SendRequest) -> None:
        """Tells all workers that the quota is used up, or what is paused."""
        if Verdict.QUOTA in verdicts:
            await self._dispositions.attempt(self._limits.used_up())
        if Verdict.PAUSED in verdicts:
            await self._dispositions.attempt(self._limits.paused(request.stream, request.tenant))
