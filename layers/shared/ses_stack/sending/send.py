"""The sender: a batch of send requests goes to SES, each once, at the account's rate.

Whatever happens to the worker at any line, a request is either still in its queue, or in the dead-letter queue, or its
row in the ledger says what became of it. The order of writes sees to that: the row is claimed before SES is called; a
deferral is noted, then the copy is queued, then the original deleted; a dead letter is queued, then noted, then the
original deleted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ses_stack.errors import RecordError, TableError
from ses_stack.mail.addresses import provider_of
from ses_stack.mail.lanes import Lane
from ses_stack.requests.request import LONGEST_WAIT_SECONDS, SendRequest
from ses_stack.sending import ledger
from ses_stack.sending.answers import (
    DEFERRALS,
    LONGEST_DELAY,
    NO_SLOT,
    NO_STORE,
    Deferral,
    SesAnswer,
    Verdict,
    may_double,
)
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy, LaneRecord
from ses_stack.sending.ledger import LedgerChange, LedgerEntry, RequestStatus, Step
from ses_stack.sending.pacing import Clock, Pacer
from ses_stack.sending.quota import AccountLimits
from ses_stack.sending.rate import Rate
from ses_stack.sending.warm_up import STREAMS, WarmUp


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be sent now: how fast, and whether anything at all."""

    rate: Rate
    account: AccountLimits


class Limits(Protocol):
    """What the account may send; shared by all workers."""

    async def now(self) -> Allowance:
        """Raises `TableError`."""

    async def throttled(self) -> None:
        """SES said: too fast."""

    async def used_up(self) -> None:
        """SES said: the day's quota is used up."""

    async def count(self, recipients: int) -> None:
        """So many were sent."""


class Ledger(Protocol):
    """What keeps the rows of requests."""

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The rows that exist. Raises `TableError`."""

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        """Whether each change was made; one that was not found another row than it names. Raises `TableError`."""


class Suppressions(Protocol):
    """The list of those who must not be mailed."""

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        """Those of the addresses (in lower case) that must not get such mail, each with why. Raises `TableError`."""


class Ses(Protocol):
    """SES. Never raises: an exception is an answer too."""

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        """Sends one message, or several in one call where `together` put them together."""

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Jobs of one lane as calls: most alone, several where one call can carry them."""


class Queue(Protocol):
    """The lane, and its dead letters."""

    async def put_back(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        """Queues copies; gives the ids of the records that could not be, each with the reason."""

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        """Queues dead letters; gives the ids of the records that could not be, each with the reason."""


class Warmth(Protocol):
    """What counts the mail of a pool that is warming up. Raises `TableError`."""

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        """Counts at most `wanted` recipients at a provider; how many fit under the day's limit."""

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        """Takes back recipients, per provider, that were counted and got no mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator has decided. Seconds, but for `threshold`, a share of the day's quota."""

    evidence: float = 120.0
    longest_deferral: float = 72 * 3600.0
    threshold: float = 0.9
    # What is left at the end for calls under way, and for the answer.
    margin: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Whom the sender works with."""

    lane: Lane
    read: Callable[[str], SendRequest]
    clock: Clock
    pacer: Pacer
    limits: Limits
    ledger: Ledger
    suppressions: Suppressions
    ses: Ses
    queue: Queue
    rules: Rules
    warm_up: WarmUp | None = None
    warmth: Warmth | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an operator may want to read."""

    request_id: str | None
    what: str
    reason: str


@dataclass(slots=True)
class SentBatch:
    """What became of a batch. `kept` are the ids of records that must come again."""

    became: Counter[str] = field(default_factory=Counter)
    kept: set[str] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)

    def response(self) -> dict[str, list[dict[str, str]]]:
        """The answer that has Lambda delete every record but the kept ones.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in sorted(self.kept)]}


# A slot is still good so long after it was due; then it is lost, or mail would go out in heaps.
_LATE = 0.1
_TRIES = 3
_CLAIM_AHEAD = 0.06
_CLAIM_SPAN = 0.15
_TWIN_SECONDS = 30
# Clocks differ, and the Mailer's check comes before the queue's time.
_CLOCKS = 3_600
_GONE = "no answer from SES, and no Send event since: it may have been sent"


async def send(records: Sequence[LaneRecord], tools: Tools, *, until: float) -> SentBatch:
    """Sends what can be sent before `until` (the clock's moment), and finds every record another place."""
    batch = _Batch(tools, until)
    await batch.run(records)
    return batch.outcome


class _Batch:
    def __init__(self, tools: Tools, until: float) -> None:
        self._tools = tools
        self._until = until - tools.rules.margin
        self._pending: deque[Job] = deque()
        self._slots: deque[float] = deque()
        self._changes: list[LedgerChange] = []
        self._copies: list[LaneCopy] = []
        self._dead_letters: list[tuple[DeadLetter, LedgerChange | None]] = []
        self._stopped: dict[str, str] = {}
        # A worker has memory for one heavy message on its way to SES, encoded and signed, not for ten.
        self._heavy: deque[Job] = deque()
        self._lifted: Job | None = None
        self._warm_key = ""
        self._warming: list[tuple[Job, Counter[str]]] = []
        self._unused: Counter[str] = Counter()
        self._accepted = 0
        self.outcome = SentBatch()

    async def run(self, records: Sequence[LaneRecord]) -> None:
        jobs = self._read(records)
        try:
            jobs = await self._not_yet_done(jobs)
            jobs = await self._wanted(jobs)
            jobs = await self._warm(jobs)
        except TableError as error:
            self._defer_unread(jobs, str(error))
            jobs = []
        self._pending.extend(job for job in jobs if not job.request.has_s3_attachments)
        self._heavy.extend(job for job in jobs if job.request.has_s3_attachments)
        await self._send()
        await self._flush()
        await self._give_back()
        if self._accepted:
            await self._quietly(self._tools.limits.count(self._accepted))

    # Before anything is sent

    def _read(self, records: Sequence[LaneRecord]) -> list[Job]:
        jobs: dict[str, Job] = {}
        for record in records:
            try:
                request = self._tools.read(record.body)
            except RecordError as error:
                self._dead_letters.append((DeadLetter(record, error.cause), None))
                self._note("malformed", None, error.cause)
                continue
            if request.request_id in jobs:
                self._copies.append(LaneCopy(record, _TWIN_SECONDS))
                self._note("twin", request.request_id)
                continue
            jobs[request.request_id] = Job(
                record=record,
                request=request,
                recipients=frozenset(each.key for each in request.recipients),
                entry=self._new_entry(record, request),
            )
        return list(jobs.values())

    def _new_entry(self, record: LaneRecord, request: SendRequest) -> LedgerEntry:
        return LedgerEntry(
            request_id=request.request_id,
            status=RequestStatus.DEFERRED,
            stream=request.stream,
            lane=self._tools.lane.value,
            recipients=len(request.recipients),
            queued_at=record.queued_at,
            changed_at=record.queued_at,
        )

    async def _not_yet_done(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs without those that the ledger, or their own times, keep from being sent now."""
        seen = [job for job in jobs if job.record.deferrals or job.record.redriven or job.record.received > 1]
        rows = await self._tools.ledger.read([job.request.request_id for job in seen]) if seen else {}
        return [job for job in jobs if self._follows(job, rows.get(job.request.request_id)) and self._is_time_for(job)]

    def _follows(self, job: Job, row: LedgerEntry | None) -> bool:
        """Whether a job may be claimed, as far as its row in the ledger goes."""
        if row is None:
            return True
        job.entry, job.exists = row, True
        asked = ledger.found(
            row,
            now=self._tools.clock.now(),
            evidence_seconds=self._tools.rules.evidence,
            redriven=job.record.redriven,
            again=may_double(job.request.stream),
        )
        match asked.step:
            case Step.CLAIM:
                return True
            case Step.WAIT:
                self._copy(job, asked.until - self._tools.clock.now())
                self._note("waiting", job.request.request_id)
            case Step.GIVE_UP:
                self._dead_letter(job, _GONE, RequestStatus.UNKNOWN)
            case Step.DROP:
                self._note("done before", job.request.request_id)
        return False

    def _is_time_for(self, job: Job) -> bool:
        now = self._tools.clock.now()
        if job.request.expires_at and job.request.expires_at.timestamp() <= now:
            self._end(job, RequestStatus.EXPIRED, "expires_at has passed")
            return False
        if job.request.not_before and (start := job.request.not_before.timestamp()) > now:
            if start > job.record.queued_at + LONGEST_WAIT_SECONDS + _CLOCKS:
                self._dead_letter(job, "not_before is more than 14 days after it was queued", RequestStatus.FAILED)
            else:
                self._defer_until(job, start, "not_before is to come")
            return False
        return True

    async def _wanted(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that still have recipients when those who must not be mailed are taken out."""
        kinds: dict[tuple[str, str | None], list[Job]] = {}
        for job in jobs:
            kinds.setdefault((job.request.stream, job.request.topic), []).append(job)
        for (stream, topic), some in kinds.items():
            addresses = sorted({address for job in some for address in job.recipients})
            suppressed = await self._tools.suppressions.check(addresses, stream=stream, topic=topic)
            if suppressed:
                for job in some:
                    self._take_out(job, suppressed)
        return [job for job in jobs if job.recipients]

    def _take_out(self, job: Job, suppressed: Mapping[str, str]) -> None:
        out = {address: suppressed[address] for address in sorted(job.recipients) if address in suppressed}
        if out:
            job.entry = replace(job.entry, suppressed=out)
            job.recipients -= out.keys()
        if not job.recipients:
            self._end(job, RequestStatus.SUPPRESSED, "every recipient is suppressed")

    async def _warm(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that may go now while the addresses warm up: over the schedule, urgent mail takes shared ones."""
        now = self._tools.clock.now()
        warm_up, warmth = self._tools.warm_up, self._tools.warmth
        limit = warm_up.limit(now) if warm_up else None
        if warm_up is None or warmth is None or limit is None:
            return list(jobs)
        wanted = {id(job): Counter(map(provider_of, job.recipients)) for job in jobs if job.request.stream in STREAMS}
        self._warm_key = warm_up.key(now)
        left = {
            provider: await warmth.admit(self._warm_key, provider, wanted=count, limit=limit)
            for provider, count in sum(wanted.values(), Counter[str]()).items()
        }
        going: list[Job] = []
        for job in jobs:
            needs = wanted.get(id(job), Counter())
            if all(left[provider] >= count for provider, count in needs.items()):
                for provider, count in needs.items():
                    left[provider] -= count
                self._warming.append((job, needs))
            elif job.request.stream == "transactional":
                job.shared = True
            else:
                self._defer_until(job, warm_up.until(now), "the dedicated addresses are warming up")
                continue
            going.append(job)
        self._unused.update(left)
        return going

    async def _give_back(self) -> None:
        """What the warm-up counted and SES did not get: another message may have it, today."""
        warm_up, warmth = self._tools.warm_up, self._tools.warmth
        for job, needs in self._warming:
            if job.entry.status not in (RequestStatus.SENT, RequestStatus.SENDING):
                self._unused.update(needs)
        if warm_up and warmth and self._unused.total():
            await self._quietly(warmth.give_back(self._warm_key, self._unused))

    # Sending

    async def _send(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while self._pending or self._heavy or running:
                self._lift()
                if self._pending and await self._may_send():
                    if group := await self._group():
                        running.add(asyncio.create_task(self._send_group(group)))
                elif running:
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
        finally:
            for task in running:
                task.cancel()

    def _lift(self) -> None:
        """Lets the next heavy message go, when the one before has found its place."""
        if self._heavy and self._lifted is None:
            self._lifted = self._heavy.popleft()
            self._pending.append(self._lifted)

    async def _may_send(self) -> bool:
        """Whether the account allows this lane's mail at all now; if not, it all waits."""
        try:
            allowance = await self._tools.limits.now()
        except TableError as error:
            self._defer_unread(self._take_pending(), str(error))
            return False
        if why := allowance.account.stopped:
            self._defer_all(self._take_pending(), Verdict.PAUSED, why)
            return False
        if not allowance.account.allows(self._tools.lane, self._tools.rules.threshold):
            self._defer_all(self._take_pending(), Verdict.QUOTA, "the day's quota is nearly used up")
            return False
        return True

    async def _group(self) -> list[Job]:
        """The next jobs that there are slots for; none if time is up, and then nothing is pending any more."""
        try:
            rate = (await self._tools.limits.now()).rate
            wanted = sum(self._slots_for(job, rate) for job in self._pending) - len(self._slots)
            if wanted > 0:
                found = await self._tools.pacer.take(wanted, rate, until=self._until)
                if not found:
                    self._defer_jobs(self._take_pending(), NO_SLOT, "no slot came free in time")
                    return []
                self._slots.extend(found)
        except TableError as error:
            self._defer_unread(self._take_pending(), str(error))
            return []
        group: list[Job] = []
        good = self._tools.clock.now() - _LATE
        while self._pending and (needed := self._slots_for(self._pending[0], rate)) <= len(self._slots):
            if self._slots[needed - 1] < good:
                self._slots.popleft()
                continue
            job = self._pending.popleft()
            # The last of a message's slots: when all of its recipients are due.
            job.due = [self._slots.popleft() for _ in range(needed)][-1]
            group.append(job)
        return group

    def _slots_for(self, job: Job, rate: Rate) -> int:
        """One for each recipient; but no more than a batch can wait for, or a small account would never send it."""
        return min(job.count, max(1, int(rate.per_second * self._tools.rules.margin)))

    async def _send_group(self, group: Sequence[Job]) -> None:
        """Claims the jobs shortly before they are due, sends each when it is, and settles them together."""
        await asyncio.gather(*(self._claim_and_send(some) for some in _due_together(group)))
        if any(job is self._lifted for job in group) and not any(job is self._lifted for job in self._pending):
            self._lifted = None
        await self._flush()

    async def _claim_and_send(self, jobs: Sequence[Job]) -> None:
        # A worker that dies leaves in doubt what it had claimed and not sent: so it claims late, and little.
        if (wait := jobs[0].due - _CLAIM_AHEAD - self._tools.clock.now()) > 0:
            await self._tools.clock.sleep(wait)
        claimed = await self._claim(jobs)
        await asyncio.gather(*(self._send_when_due(calls) for calls in self._tools.ses.together(claimed)))

    async def _claim(self, group: Sequence[Job]) -> list[Job]:
        fresh = [job for job in group if not job.claimed]
        won: set[str] = set()
        try:
            won |= await self._write_claims(fresh)
            lost = [job for job in fresh if job.request.request_id not in won]
            if lost:
                won |= await self._claim_over_rows(lost)
        except TableError as error:
            self._defer_unread([job for job in fresh if job.request.request_id not in won], str(error))
        for job in fresh:
            job.claimed = job.request.request_id in won
        unused = [job for job in group if not job.claimed]
        self._slots.extendleft(sorted((job.due for job in unused for _ in range(job.count)), reverse=True))
        return [job for job in group if job.claimed]

    async def _claim_over_rows(self, jobs: Sequence[Job]) -> set[str]:
        """Claims of requests that turned out to have a row, or another row than was read."""
        rows = await self._tools.ledger.read([job.request.request_id for job in jobs])
        again = [job for job in jobs if self._follows(job, rows.get(job.request.request_id))]
        won = await self._write_claims(again)
        for job in again:
            if job.request.request_id not in won:  # another worker is at it
                self._copy(job, self._tools.rules.evidence)
        return won

    async def _write_claims(self, jobs: Sequence[Job]) -> set[str]:
        now = self._tools.clock.now()
        changes = [LedgerChange(ledger.claimed(job.entry, now), job.entry if job.exists else None) for job in jobs]
        won: set[str] = set()
        written = await self._tools.ledger.write(changes) if changes else []
        for job, change, made in zip(jobs, changes, written, strict=True):
            if made:
                job.entry, job.exists = change.entry, True
                won.add(job.request.request_id)
        return won

    async def _send_when_due(self, jobs: Sequence[Job]) -> None:
        due = max(job.due for job in jobs)
        if (wait := due - self._tools.clock.now()) > 0:
            await self._tools.clock.sleep(wait)
        if self._tools.clock.now() > due + _LATE:
            self._pending.extend(jobs)
            return
        jobs = [job for job in jobs if not self._is_over(job)]
        if not jobs:
            return
        answers = await self._tools.ses.send(jobs)
        for job, answer in zip(jobs, answers, strict=True):
            self._settle(job, answer)
        verdicts = {answer.verdict for answer in answers}
        if Verdict.THROTTLED in verdicts:
            await self._quietly(self._tools.limits.throttled())
        if Verdict.QUOTA in verdicts:
            await self._quietly(self._tools.limits.used_up())

    def _is_over(self, job: Job) -> bool:
        """Whether a claimed job must not be sent after all."""
        if job.request.expires_at and job.request.expires_at.timestamp() <= self._tools.clock.now():
            self._end(job, RequestStatus.EXPIRED, "expires_at has passed")
            return True
        if why := self._stopped.get(job.request.stream):
            self._defer(job, DEFERRALS[Verdict.PAUSED], why)
            return True
        return False

    def _settle(self, job: Job, answer: SesAnswer) -> None:
        now = self._tools.clock.now()
        match answer.verdict:
            case Verdict.ACCEPTED:
                self._accepted += job.count
                self._change(job, ledger.sent(job.entry, now, answer.message_id))
                self._note("sent", job.request.request_id)
            case Verdict.NEVER:
                self._dead_letter(job, answer.reason, RequestStatus.FAILED)
            case Verdict.UNCERTAIN:
                self._change(job, replace(job.entry, changed_at=now, reason=answer.reason))
                self._copy(job, self._tools.rules.evidence, mending=True)
                self._note("uncertain", job.request.request_id, answer.reason)
            case Verdict.THROTTLED if job.throttled < _TRIES and now < self._until:
                job.throttled += 1
                self._pending.append(job)
            case verdict:
                if verdict is Verdict.PAUSED:
                    self._stopped[job.request.stream] = answer.reason
                self._defer(job, DEFERRALS[verdict], answer.reason)

    # Where everything goes

    def _take_pending(self) -> list[Job]:
        taken = [*self._pending, *self._heavy]
        self._pending.clear()
        self._heavy.clear()
        return taken

    def _defer_all(self, jobs: Sequence[Job], verdict: Verdict, why: str) -> None:
        self._defer_jobs(jobs, DEFERRALS[verdict], why)

    def _defer_jobs(self, jobs: Sequence[Job], deferral: Deferral, why: str) -> None:
        for job in jobs:
            self._defer(job, deferral, why)

    def _defer_unread(self, jobs: Sequence[Job], why: str) -> None:
        """Puts jobs back without a word in the ledger, which is what failed.

        Except where a claim stands there: SES did not take the mail, and only this worker knows.
        """
        for job in jobs:
            seconds = NO_STORE.seconds(job.record.deferrals)
            if self._waited_enough(job, seconds, why):
                continue
            if job.claimed:
                self._defer_until(job, self._tools.clock.now() + seconds, why, mending=True)
            else:
                self._copy(job, seconds, mending=True)
                self._note("store failed", job.request.request_id, why)

    def _defer(self, job: Job, deferral: Deferral, why: str) -> None:
        seconds = deferral.seconds(job.entry.deferrals)
        if deferral.limit or not self._waited_enough(job, seconds, why):
            self._defer_until(job, self._tools.clock.now() + seconds, why, mending=not deferral.limit)

    def _waited_enough(self, job: Job, seconds: float, why: str) -> bool:
        """Whether a job has waited long enough for what nobody mends. Then it is a dead letter."""
        longest = self._tools.rules.longest_deferral
        if job.record.waited + seconds <= longest:
            return False
        self._dead_letter(job, f"deferred for {longest / 3600:g} hours: {why}", RequestStatus.FAILED)
        return True

    def _defer_until(self, job: Job, until: float, why: str, *, mending: bool = False) -> None:
        now = self._tools.clock.now()
        row = job.entry
        if not (row.status is RequestStatus.DEFERRED and job.exists and row.until == until and row.deferral == why):
            self._change(job, ledger.deferred(job.entry, now, until=until, why=why))
        self._copy(job, until - now, mending=mending)
        self._note("deferred", job.request.request_id, why)

    def _copy(self, job: Job, seconds: float, *, mending: bool = False) -> None:
        delay = min(LONGEST_DELAY, max(1, round(seconds)))
        self._copies.append(LaneCopy(job.record, delay, job.record.waited + (delay if mending else 0)))

    def _end(self, job: Job, status: RequestStatus, reason: str) -> None:
        self._change(job, ledger.ended(job.entry, status, self._tools.clock.now(), reason))
        self._note(status.value, job.request.request_id, reason)

    def _dead_letter(self, job: Job, reason: str, status: RequestStatus) -> None:
        entry = ledger.ended(job.entry, status, self._tools.clock.now(), reason)
        self._dead_letters.append(
            (DeadLetter(job.record, reason), LedgerChange(entry, job.entry if job.exists else None))
        )
        self._note(status.value, job.request.request_id, reason)

    def _change(self, job: Job, entry: LedgerEntry) -> None:
        self._changes.append(LedgerChange(entry, job.entry if job.exists else None))
        job.entry, job.exists = entry, True

    def _note(self, what: str, request_id: str | None, reason: str = "") -> None:
        self.outcome.became[what] += 1
        if reason:
            self.outcome.notices.append(Notice(request_id, what, reason))

    async def _flush(self) -> None:
        """Writes what has gathered, in the order that loses nothing."""
        dead_letters, self._dead_letters = self._dead_letters, []
        changes, self._changes = self._changes, []
        copies, self._copies = self._copies, []
        if dead_letters:
            unqueued = await self._tools.queue.dead_letter([letter for letter, _ in dead_letters])
            self._keep(unqueued)
            changes += [change for letter, change in dead_letters if change and letter.record.id not in unqueued]
        if changes:
            await self._quietly(self._tools.ledger.write(changes))
        if copies:
            self._keep(await self._tools.queue.put_back(copies))

    def _keep(self, unqueued: Mapping[str, str]) -> None:
        """Has SQS keep records that could not be queued elsewhere: they come again, and count as received."""
        self.outcome.kept |= unqueued.keys()
        for reason in sorted(set(unqueued.values())):
            self._note("kept", None, f"the queue does not take it: {reason}")

    async def _quietly(self, writing: Awaitable[object]) -> None:
        """Waits for a write that may fail: SES has answered, and its events tell the ledger too."""
        try:
            await writing
        except TableError as error:
            self._note("note lost", None, str(error))


def _due_together(jobs: Sequence[Job]) -> list[list[Job]]:
    """Jobs in the order in which they are due, in parts of little time each."""
    parts: list[list[Job]] = []
    for job in jobs:
        if not parts or job.due > parts[-1][0].due + _CLAIM_SPAN:
            parts.append([])
        parts[-1].append(job)
    return parts
