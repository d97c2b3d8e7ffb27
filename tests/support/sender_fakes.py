"""A sender's collaborators in memory, in virtual time, with a worker that can be killed at any of its awaits."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ses_stack.errors import TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.lane_queue import request_of
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy, LaneRecord
from ses_stack.sending.limits.account_limits import AccountLimits, Allowance
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.rate import Rate, SenderCounts, SlotRequest, Window
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from ses_stack.sending.outcomes.evidence import PROOFS
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.ports import Collaborators, SendingRules
from ses_stack.sending.send import send
from ses_stack.sending.sent_batch import SentBatch
from tests.support.virtual_time import run as in_virtual_time

START = 1_790_000_000.0


class Killed(BaseException):
    """The worker dies."""


def document(request_id: str = "r1", **fields: Any) -> dict[str, Any]:
    """A send request's document."""
    plain = {
        "v": 1,
        "request_id": request_id,
        "stream": "transactional",
        "from": "app@example.com",
        "to": ["ann@example.com"],
        "subject": "Hi",
        "text": "Hello",
    }
    return plain | fields


def record(request_id: str = "r1", *, queued_at: float = START, **fields: Any) -> LaneRecord:
    """A record as it comes out of a lane for the first time."""
    return LaneRecord(id=f"m-{request_id}", body=json.dumps(document(request_id, **fields)), queued_at=queued_at)


def redelivered(sent: LaneRecord) -> LaneRecord:
    """The record when SQS delivers it for the second time."""
    return replace(sent, received=2)


def ledger_entry(
    status: RequestStatus, *, claim: int = 1, claimed_at: float = START - 10, stream: str = "transactional"
) -> LedgerEntry:
    """The ledger row of request r1."""
    return LedgerEntry(
        request_id="r1",
        status=status,
        stream=stream,
        lane="priority",
        recipients=1,
        queued_at=START - 20,
        changed_at=claimed_at,
        claim=claim,
        claimed_at=claimed_at,
    )


@dataclass
class World:
    """Everything that the sender talks to. `dies_at` counts the awaits of the worker's life from 1."""

    rate: float = 100.0
    most: float = 50_000.0
    sent: float = 0.0
    stopped: str | None = None
    pauses: dict[str, StreamPause] = field(default_factory=dict)
    tenants: dict[str, TenantPause] = field(default_factory=dict)
    disabled_tenants: set[str] = field(default_factory=set)
    waiting_messages: int = 0
    lane: Lane = Lane.PRIORITY
    suppressed: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[SesAnswer]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    rules: SendingRules = field(default_factory=SendingRules)
    bulk: bool = False
    dies_at: int | None = None
    start: float = START
    throttle_pause_seconds: float = 0.0
    resumes_at: float = -math.inf

    def __post_init__(self) -> None:
        self.rows: dict[str, LedgerEntry] = {}
        self.windows: dict[int, Window] = {}
        self.accepted: list[tuple[float, str, frozenset[str]]] = []
        self.copies: list[LaneCopy] = []
        self.dead_letters: list[DeadLetter] = []
        self.throttles = self.refusals = self.counted = self.awaits = 0
        self.accepted_counts: Counter[tuple[int, Lane]] = Counter()
        self.sender_counts: list[SenderCounts] = []
        self.said_to_be_paused: list[str] = []
        self.lookups = self.calls = self.slot_requests = 0
        self.settles: Counter[str] = Counter()
        self.unread_accepts: list[tuple[str, str]] = []

    async def _await(self, what: str = "") -> None:
        await asyncio.sleep(0.005)
        self.awaits += 1
        if self.awaits == self.dies_at:
            raise Killed
        if what in self.broken:
            raise TableError(f"{what} is broken")

    # the clock

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._await()

    # slots

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        await self._await("slots")
        self.slot_requests += 1
        window = self.windows.get(wish.second)
        granted = wish.granted(window)
        if granted:
            self.windows[wish.second] = granted
        await self._await()
        return granted is not None, granted or window or Window()

    async def count_sent(self, second: int, lane: Lane, counts: SenderCounts) -> None:
        await self._await("accepted")
        self.accepted_counts[second, lane] += counts.recipients
        self.sender_counts.append(counts)

    # the ledger

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        await self._await("ledger")
        return {each: self.rows[each] for each in request_ids if each in self.rows}

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await self._await("ledger")
        made = [self._write(change) for change in changes]
        await self._await()
        return made

    def _write(self, change: LedgerChange) -> bool:
        row, expected = self.rows.get(change.entry.request_id), change.expected
        if (row is None) != (expected is None):
            return False
        if row and expected and (row.status, row.claim) != (expected.status, expected.claim):
            return False
        self.rows[change.entry.request_id] = change.entry
        return True

    # the rest

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        await self._await("suppressions")
        self.lookups += 1
        return {address: why for address, why in self.suppressed.items() if address in addresses}

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        self.calls += 1
        answers = [self._answer(job) for job in jobs]
        await self._await()
        return answers

    def _answer(self, job: Job) -> SesAnswer:
        queue = self.answers.get(job.request.request_id, [])
        answer = queue.pop(0) if queue else SesAnswer(Verdict.ACCEPTED, message_id=f"ses-{len(self.accepted)}")
        if answer.verdict in {Verdict.ACCEPTED, Verdict.UNCERTAIN}:
            self.accepted.append((self.now(), job.request.request_id, job.recipients))
        return answer

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        return [jobs] if self.bulk and jobs else [[job] for job in jobs]

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        await self._await()
        if "queue" in self.broken:
            return {copy.record.id: "AccessDenied" for copy in copies}
        self.copies += copies
        await self._await()
        return {}

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        await self._await()
        if "queue" in self.broken:
            return {letter.record.id: "AccessDenied" for letter in dead_letters}
        self.dead_letters += dead_letters
        await self._await()
        return {}

    async def allowance(self) -> Allowance:
        await self._await("limits")
        account = AccountLimits(rate=self.rate, most=self.most, sent=self.sent, read_at=START, stopped=self.stopped)
        return Allowance(Rate.of(self.rate), account, dict(self.pauses), dict(self.tenants), self.resumes_at)

    async def throttled(self) -> bool:
        await self._await("limits")
        self.throttles += 1
        if self.throttle_pause_seconds:
            self.resumes_at = self.now() + self.throttle_pause_seconds
        return bool(self.throttle_pause_seconds)

    async def used_up(self) -> None:
        await self._await("limits")
        self.refusals += 1

    async def paused(self, stream: str, tenant: str | None) -> None:
        if not (tenant and await self.is_tenant_paused(tenant)):
            await self._await("limits")
            self.said_to_be_paused.append(stream)

    async def is_tenant_paused(self, tenant: str) -> bool:
        await self._await("limits")
        if tenant in self.disabled_tenants:
            self.tenants[tenant] = TenantPause(tenant=tenant, since=self.now(), asked_at=self.now())
        return tenant in self.disabled_tenants

    async def waiting(self) -> int | None:
        await self._await()
        return self.waiting_messages

    async def count(self, recipients: int) -> None:
        await self._await("limits")
        self.counted += recipients

    def prove(self) -> None:
        """What the projector does with the Send events of all that SES has accepted."""
        proof = next(iter(PROOFS.values()))
        for number, (_, request_id, _) in enumerate(self.accepted):
            row = self.rows.get(request_id)
            if row and (row.status in proof.settles or (row.status in proof.overrules and not row.evidence_at)):
                self.rows[request_id] = replace(row, status=proof.status, message_id=f"ses-{number}")

    def tools(self) -> Collaborators:
        return Collaborators(
            lane=self.lane,
            read_request=request_of,
            clock=self,
            pacer=Pacer(self.lane, windows=self, clock=self, policy=LanePolicy(), random_numbers=random.Random(1)),
            limits=_Limits(self),
            ledger=self,
            suppressions=self,
            ses=self,
            queue=self,
            hold_time=HoldTime(self, clock=self, random_numbers=random.Random(1)),
            rules=self.rules,
        )

    def run(self, *records: LaneRecord, seconds: float = 30.0) -> SentBatch:
        """One batch."""

        async def main() -> SentBatch:
            return await send(records, self.tools(), until=self.now() + seconds)

        return in_virtual_time(main(), start=self.start)


class _Limits:
    def __init__(self, world: World) -> None:
        self._world = world
        self.throttled, self.used_up, self.count = world.throttled, world.used_up, world.count
        self.paused, self.is_tenant_paused = world.paused, world.is_tenant_paused
        self.now: Callable[[], Any] = world.allowance


def sent_ids(world: World) -> list[str]:
    """The ids of the requests that SES has accepted, in order."""
    return [request_id for _, request_id, _ in world.accepted]
