"""Where each request of a batch goes: into the ledger, back into its lane, or into the dead-letter queue.

A disposition only collects what has to be written; `flush` writes it in the order that loses nothing. Dead letters are
queued before the ledger names them, and the ledger names a deferral before its copy is queued. Lambda deletes the
originals last, after the batch.

A job has one disposition. What SQS or DynamoDB does not answer may still have been carried out: then a request has two
messages, and its ledger row lets one of them be sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace

from ses_stack.errors import PartialWriteError, TableError
from ses_stack.sending.answers import LONGEST_DELAY_SECONDS, TABLE_UNAVAILABLE, Deferral
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy, LaneRecord
from ses_stack.sending.outcomes import ledger
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.ports import Collaborators
from ses_stack.sending.sent_batch import SentBatch

_DUPLICATE_DELAY_SECONDS = 30


class Dispositions:
    """The copies, dead letters and ledger changes of one batch that are still to be written."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._queue = collaborators.queue
        self._ledger = collaborators.ledger
        self._clock = collaborators.clock
        self._rules = collaborators.rules
        # A record that has no copy and no dead letter stays in the lane until its row is written.
        self._changes: list[tuple[LedgerChange, LaneRecord | None]] = []
        self._copies: list[LaneCopy] = []
        self._dead_letters: list[tuple[DeadLetter, LedgerChange | None]] = []
        self.batch = SentBatch()

    # SES was called

    def sent(self, job: Job, message_id: str) -> None:
        """SES has accepted the message."""
        self._change(job, ledger.sent(job.entry, self._clock.now(), message_id))
        job.may_have_been_sent = True
        self._note(job, "sent")

    def await_evidence(self, job: Job, reason: str) -> None:
        """SES may have sent the message. Its Send event decides; the copy comes back after the event's time."""
        self._change(job, replace(job.entry, changed_at=self._clock.now(), reason=reason))
        self._copy(job, self._rules.evidence_seconds, is_fault=True)
        job.may_have_been_sent = True
        self._note(job, "no answer from SES", reason)

    # SES will not be called

    def end(self, job: Job, status: RequestStatus, reason: str) -> None:
        """The request is over without having been sent. If the ledger cannot say so, the record stays in its lane."""
        self._change(job, ledger.ended(job.entry, status, self._clock.now(), reason), only_trace=True)
        self._note(job, status.value, reason)

    def dead_letter(self, job: Job, status: RequestStatus, reason: str) -> None:
        """The request becomes a dead letter; its row changes only if SQS accepts the dead letter."""
        entry = ledger.ended(job.entry, status, self._clock.now(), reason)
        self._dead_letters.append((DeadLetter(job.record, reason), job.change_to(entry)))
        self._note(job, status.value, reason)

    def dead_letter_malformed(self, record: LaneRecord, reason: str) -> None:
        """The record contains no valid request, so it has no row in the ledger."""
        self._dead_letters.append((DeadLetter(record, reason), None))
        self.batch.note("malformed", None, reason)

    def already_done(self, job: Job) -> None:
        """The ledger shows that the request is over: Lambda deletes the record."""
        self._note(job, "already done")

    # SES will be called later

    def requeue_duplicate(self, record: LaneRecord, request_id: str) -> None:
        """The batch holds the same request twice: this record comes back when the other one is done."""
        self._copies.append(LaneCopy(record, _DUPLICATE_DELAY_SECONDS, record.fault_seconds))
        self.batch.note("duplicate", request_id)

    def requeue_claimed_elsewhere(self, job: Job) -> None:
        """Another worker has claimed the request at this moment."""
        self._copy(job, self._rules.evidence_seconds)
        self._note(job, "claimed elsewhere")

    def requeue_in_doubt(self, job: Job, until: float) -> None:
        """An earlier claim may have sent the message: the record comes back when its Send event must have come."""
        self._copy(job, until - self._clock.now())
        self._note(job, "waiting for the Send event")

    def requeue_without_ledger(self, jobs: Sequence[Job], reason: str) -> None:
        """Requeues jobs without updating the ledger, because a table is unavailable.

        A job that this worker has claimed is deferred in the ledger all the same: SES did not accept the message, and
        no other worker can know that. A job that has a disposition keeps it: the table may have failed halfway.
        """
        for job in jobs:
            if job.is_disposed_of:
                continue
            seconds = TABLE_UNAVAILABLE.seconds(job.record.deferrals)
            if self._exceeds_longest_deferral(job, seconds):
                self._dead_letter_after_longest_deferral(job, reason)
            elif job.claimed:
                self.defer_until(job, self._clock.now() + seconds, reason, is_fault=True)
            else:
                self._copy(job, seconds, is_fault=True)
                self._note(job, "table unavailable", reason)

    def defer(self, jobs: Sequence[Job], deferral: Deferral, reason: str) -> None:
        """Requeues jobs for as long as the cause asks for. Faults that last too long make dead letters of them."""
        for job in jobs:
            seconds = deferral.seconds(job.entry.deferrals)
            if not deferral.is_limit and self._exceeds_longest_deferral(job, seconds):
                self._dead_letter_after_longest_deferral(job, reason)
            else:
                self.defer_until(job, self._clock.now() + seconds, reason, is_fault=not deferral.is_limit)

    def defer_until(self, job: Job, until: float, reason: str, *, is_fault: bool = False) -> None:
        """Requeues a job until a moment. A row that says the same already is not written again."""
        self._write_deferral(job, until, reason)
        self._copy(job, until - self._clock.now(), is_fault=is_fault)

    def hold(self, job: Job, seconds: float, reason: str) -> None:
        """Requeues a job that an operator's action will release. The row names no moment: only the first round writes.

        After LongestDeferralHours the job becomes a dead letter.
        """
        if self._exceeds_longest_deferral(job, seconds):
            self._dead_letter_after_longest_deferral(job, reason)
        else:
            self._write_deferral(job, None, reason)
            self._copy(job, seconds, is_fault=True)

    def _write_deferral(self, job: Job, until: float | None, reason: str) -> None:
        row = job.entry
        unchanged = row.status is RequestStatus.DEFERRED and row.until == until and row.deferral == reason
        if not (job.in_ledger and unchanged):
            self._change(job, ledger.deferred(row, self._clock.now(), until=until, reason=reason))
        self._note(job, "deferred", reason)

    def _exceeds_longest_deferral(self, job: Job, seconds: float) -> bool:
        """Whether the job will have exceeded LongestDeferralHours after so many seconds more."""
        return job.record.fault_seconds + seconds > self._rules.deferral_seconds

    def _dead_letter_after_longest_deferral(self, job: Job, reason: str) -> None:
        hours = self._rules.deferral_seconds / 3600
        self.dead_letter(job, RequestStatus.FAILED, f"deferred for {hours:g} hours: {reason}")

    def _note(self, job: Job, outcome: str, reason: str = "") -> None:
        job.is_disposed_of = True
        self.batch.note(outcome, job.request.request_id, reason)

    # Writing

    def _copy(self, job: Job, seconds: float, *, is_fault: bool = False) -> None:
        delay = min(LONGEST_DELAY_SECONDS, max(1, round(seconds)))
        self._copies.append(LaneCopy(job.record, delay, job.record.fault_seconds + (delay if is_fault else 0)))

    def _change(self, job: Job, entry: LedgerEntry, *, only_trace: bool = False) -> None:
        change = job.change_to(entry)
        self._changes.append((change, job.record if only_trace else None))
        job.entry, job.in_ledger = change.entry, True

    async def flush(self) -> None:
        """Writes dead letters, then ledger changes, then copies: all that was collected since the last flush."""
        dead_letters, self._dead_letters = self._dead_letters, []
        changes, self._changes = self._changes, []
        copies, self._copies = self._copies, []
        if dead_letters:
            failed = await self._queue.dead_letter([letter for letter, _ in dead_letters])
            self._leave_in_queue(failed)
            changes += [(change, None) for letter, change in dead_letters if change and letter.record.id not in failed]
        if changes:
            await self._write(changes)
        if copies:
            self._leave_in_queue(await self._queue.requeue(copies))

    async def _write(self, changes: Sequence[tuple[LedgerChange, LaneRecord | None]]) -> None:
        """Writes ledger changes. SES's events settle the rows of sent mail too; an end has no other trace."""
        try:
            await self._ledger.write([change for change, _ in changes])
        except TableError as error:
            self.batch.note("table write failed", None, str(error))
            written = error.written if isinstance(error, PartialWriteError) else [None] * len(changes)
            for (_, record), made in zip(changes, written, strict=True):
                if record and made is None:
                    self.batch.left_in_queue.add(record.id)

    def _leave_in_queue(self, failed: Mapping[str, str]) -> None:
        """Leaves records in the lane that SQS did not accept elsewhere: SQS delivers them again."""
        self.batch.left_in_queue |= failed.keys()
        for reason in sorted(set(failed.values())):
            self.batch.note("left in the queue", None, f"SQS did not accept a copy or a dead letter: {reason}")

    async def attempt(self, write: Awaitable[object]) -> None:
        """Waits for the write of a count, which may fail."""
        try:
            await write
        except TableError as error:
            self.batch.note("table write failed", None, str(error))
