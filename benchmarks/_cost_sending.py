"""The cost benchmark's sending: the real loop and adapters in virtual time, at 100 messages a second."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks._cost_mail import Sent, message_id, names
from benchmarks._cost_tally import Tally
from benchmarks._counting_store import CountingStore
from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest
from ses_stack.sending.adapters.account import AccountRows
from ses_stack.sending.adapters.ledger import LedgerRows
from ses_stack.sending.adapters.pauses import LearnedPauses
from ses_stack.sending.adapters.suppression_check import SuppressionCheck
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import Job, LaneRecord
from ses_stack.sending.limits.account_limits import AccountLimits
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.shared_limits import SharedLimits
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses
from ses_stack.sending.ports import Collaborators, SendingRules
from ses_stack.sending.send import send
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy
from tests.support.virtual_time import run as in_virtual_time

RATE = 100
_SAFETY = 0.98
_WORKERS = {Lane.BULK: 5, Lane.PRIORITY: 5}
_STORE_SECONDS, _SES_SECONDS = 0.005, 0.08
_PRIORITY_EVERY = 10


def sent(tally: Tally, *, batch: int, now: float) -> list[Sent]:
    """Sends the tally's messages, each lane's workers in batches of `batch`. A batch of 1: one message each second."""
    return in_virtual_time(_sent(tally, batch, now), start=now)


def pace_of(batch: int) -> int:
    """Messages a second: a campaign's, or one at a time."""
    return 1 if batch == 1 else RATE


class _Inline(Threads):
    """Runs a blocking function in the loop, and lets the store's time pass."""

    def __init__(self, store: CountingStore, part: str) -> None:
        self._store, self._part = store, part

    async def __call__(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        self._store.part = self._part
        result = function(*args, **kwargs)
        await asyncio.sleep(_STORE_SECONDS)
        return result


class _LoopClock:
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class _Ses:
    """Accepts every message, and answers for an account of the rate."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        await asyncio.sleep(_SES_SECONDS)
        return [SesAnswer(Verdict.ACCEPTED, message_id=self._accepted(job)) for job in jobs]

    def _accepted(self, job: Job) -> str:
        name = message_id(len(self.sent))
        self.sent.append(Sent(job.request.request_id, name, job.request.to[0].address, job.request.stream))
        return name

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        return [[job] for job in jobs]

    async def account(self, now: float) -> AccountLimits:
        return AccountLimits(rate=RATE / _SAFETY, most=-1, sent=0, read_at=now)

    async def is_sending(self, _stream: str) -> bool:
        return True


class _Lane:
    """A lane's queue. Nothing is requeued: SES accepts everything."""

    def __init__(self) -> None:
        self.records: deque[LaneRecord] = deque()

    async def requeue(self, copies: Sequence[Any]) -> Mapping[str, str]:
        raise SystemExit(f"{len(copies)} requests were deferred: the run is not the one that is meant")

    dead_letter = requeue

    async def waiting(self) -> int | None:
        return len(self.records)


async def _sent(tally: Tally, batch: int, now: float) -> list[Sent]:
    ses, lanes = _Ses(), {lane: _Lane() for lane in Lane}
    _queue(tally, lanes, now, pace=pace_of(batch), is_campaign=batch > 1)
    workers = [
        asyncio.ensure_future(_Worker(tally, ses, lane, lanes[lane]).run(batch))
        for lane, count in _WORKERS.items()
        for _ in range(count)
    ]
    while len(ses.sent) < tally.messages:
        await asyncio.sleep(0.5)
        for worker in workers:
            if worker.done():
                worker.result()
    await asyncio.sleep(10)  # the last batches end
    for worker in workers:
        worker.cancel()
    return ses.sent


def _queue(tally: Tally, lanes: Mapping[Lane, _Lane], now: float, *, pace: int, is_campaign: bool) -> None:
    """Queues the messages at a pace; a campaign's bulk mail all at once."""
    loop = asyncio.get_running_loop()
    for number, (request_id, recipient) in enumerate(names(tally.messages)):
        lane, stream = (Lane.BULK, "marketing") if number % _PRIORITY_EVERY else (Lane.PRIORITY, "transactional")
        at = now if is_campaign and lane is Lane.BULK else now + number / pace
        record = LaneRecord(id=request_id, body=json.dumps([request_id, stream, recipient]), queued_at=at)
        loop.call_at(at, lanes[lane].records.append, record)
        tally.sqs_requests["requests"] += 1  # an application queues each message by itself


class _Worker:
    """One of a lane's workers, with the real adapters."""

    def __init__(self, tally: Tally, ses: _Ses, lane: Lane, queue: _Lane) -> None:
        self._tally, self._queue = tally, queue
        self._collaborators = _collaborators(tally.store, ses, lane, queue)

    async def run(self, batch: int) -> None:
        """Takes batches for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.02)
            records = [self._queue.records.popleft() for _ in range(min(batch, len(self._queue.records)))]
            if not records:
                continue
            started = loop.time()
            await send(records, self._collaborators, until=started + 30)
            self._tally.sender_seconds += loop.time() - started
            self._tally.batch("sender", len(records))


def _collaborators(store: CountingStore, ses: _Ses, lane: Lane, queue: _Lane) -> Collaborators:
    clock, chance = _LoopClock(), random.Random(10)
    table = SendTable(store, name="SendTable")
    ledger, suppression = _Inline(store, "ledger"), _Inline(store, "suppression")
    learned = LearnedPauses(lambda: table, threads=ledger)
    pauses = SharedPauses(rows=learned, ses=ses, clock=clock)
    tenants = SharedTenantPauses(rows=learned, ses=ses, clock=clock)
    windows, limits = RateWindows(lambda: table, threads=ledger), AccountRows(lambda: table, threads=ledger)
    return Collaborators(
        lane=lane,
        read_request=_request_of,
        clock=clock,
        pacer=Pacer(lane, windows=windows, clock=clock, policy=LanePolicy(), random_numbers=chance),
        limits=SharedLimits(rows=limits, pauses=pauses, tenants=tenants, ses=ses, clock=clock, safety=_SAFETY),
        ledger=LedgerRows(lambda: table, retention_days=90, threads=ledger),
        suppressions=SuppressionCheck(
            lambda: SuppressionTable(store, name="SuppressionTable", policy=Policy()), threads=suppression
        ),
        ses=ses,
        queue=queue,
        hold_time=HoldTime(queue, clock=clock, random_numbers=chance),
        rules=SendingRules(),
    )


def _request_of(body: str) -> SendRequest:
    request_id, stream, recipient = json.loads(body)
    return SendRequest(request_id=request_id, stream=stream, from_=Mailbox("a@example.com"), to=(Mailbox(recipient),))
