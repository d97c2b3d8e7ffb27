"""The scale benchmark's sending: the workers' slots, limits and ledger rows in virtual time, for a backlog of mail.

A worker takes the slots of a batch with the deployed pacer, and makes the writes of `sending/send.py` around each call
of SES. The loop itself is left out: it writes no rows of its own.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks._scale_mail import START, message_id_of, recipient_of, stream_of
from benchmarks._scale_store import TABLE, SendStore
from benchmarks._scale_units import Units
from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.account import AccountRows
from ses_stack.sending.adapters.pauses import LearnedPauses
from ses_stack.sending.adapters.rows import QUOTA_KEY, ledger_row_of
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits.account_limits import AccountLimits
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.rate import SenderCounts
from ses_stack.sending.limits.shared_limits import SharedLimits
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus, claimed, deferred, sent
from tests.support.virtual_time import run as in_virtual_time

_BATCH = 10
_POLL_SECONDS, _STORE_SECONDS, _SES_SECONDS = 0.02, 0.005, 0.08
# A worker sends more than this many recipients a second, so that workers compete for slots.
_RECIPIENTS_PER_WORKER = 20
_PRIORITY_SHARE = 0.1
_CLOCK_SKEW_SECONDS = 0.025
_SAFETY = 0.98
_RETENTION_DAYS = 90
_DEFERRED_EVERY = 50


@dataclass(frozen=True, slots=True)
class Sending:
    """`share` of the account's rate that the workers used, and how many messages found no slot in a worker's time."""

    share: float
    deferred: int


def count_sending(units: Units, rate: int, seconds: int) -> Sending:
    """Sends a backlog of bulk mail for so many seconds, and priority mail as it comes."""
    lanes = in_virtual_time(_sent(units, rate, seconds), start=float(START))
    return Sending(lanes.sent / (rate * seconds), lanes.deferred)


class _Inline(Threads):
    """Runs a blocking function in the loop, and lets the store's time pass."""

    def __init__(self) -> None:
        pass

    async def __call__(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(_STORE_SECONDS / 2)
        result = function(*args, **kwargs)
        await asyncio.sleep(_STORE_SECONDS / 2)
        return result


class _Clock:
    def __init__(self, skew: float) -> None:
        self._skew = skew

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self._skew

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class _Ses:
    """Answers for an account of the rate whose streams all send."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    async def account(self, now: float) -> AccountLimits:
        return AccountLimits(rate=self._rate, most=-1, sent=0, read_at=now)

    async def is_sending(self, _name: str) -> bool:
        return True


class _Lanes:
    """The lanes' queues: bulk mail without end, priority mail at a steady pace. Numbers the messages."""

    def __init__(self, priority_per_second: float) -> None:
        self._pace = priority_per_second
        self._taken: Counter[Lane] = Counter()
        self.sent = self.deferred = 0

    def receive(self, lane: Lane) -> list[int]:
        """A batch: the numbers of its messages."""
        waiting = _BATCH
        if lane is Lane.PRIORITY:
            arrived = int((asyncio.get_running_loop().time() - START) * self._pace)
            waiting = min(_BATCH, arrived - self._taken[lane])
        first = self._taken[lane]
        self._taken[lane] += waiting
        return [10 * each if lane is Lane.PRIORITY else each + each // 9 + 1 for each in range(first, first + waiting)]


async def _sent(units: Units, rate: int, seconds: int) -> _Lanes:
    loop = asyncio.get_running_loop()
    store, lanes = SendStore(units, loop.time), _Lanes(rate * _PRIORITY_SHARE)
    # The workers share an answer of half a minute ago: in this minute, they all find it old, and one asks again.
    store.put(QUOTA_KEY, rate=float(rate), most=-1.0, sent=0.0, read_at=START - 30.0, asked_at=START - 30.0)
    workers = rate // _RECIPIENTS_PER_WORKER
    shares = {Lane.PRIORITY: max(2, workers // 10), Lane.BULK: max(2, workers)}
    chance = random.Random(rate)
    ses = _Ses(rate)
    running = [
        asyncio.ensure_future(_Worker(units, lanes, lane, _Parts(store, ses, chance.random())).run())
        for lane, count in shares.items()
        for _ in range(count)
    ]
    await asyncio.sleep(seconds)
    for worker in running:
        if worker.done():
            worker.result()
        worker.cancel()
    return lanes


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a worker stands on."""

    store: SendStore
    ses: _Ses
    seed: float


class _Worker:
    """One of a lane's workers: the writes that it makes for each batch."""

    def __init__(self, units: Units, lanes: _Lanes, lane: Lane, parts: _Parts) -> None:
        self._units, self._lanes, self._lane = units, lanes, lane
        table, threads, chance, ses = (
            SendTable(parts.store, name=TABLE),
            _Inline(),
            random.Random(parts.seed),
            parts.ses,
        )
        self._clock = _Clock(chance.uniform(-_CLOCK_SKEW_SECONDS / 2, _CLOCK_SKEW_SECONDS / 2))
        windows = RateWindows(lambda: table, threads=threads)
        self._pacer = Pacer(lane, windows=windows, clock=self._clock, policy=LanePolicy(), random_numbers=chance)
        learned = LearnedPauses(lambda: table, threads=threads)
        self._limits = SharedLimits(
            rows=AccountRows(lambda: table, threads=threads),
            pauses=SharedPauses(rows=learned, ses=ses, clock=self._clock),
            tenants=SharedTenantPauses(rows=learned, ses=ses, clock=self._clock),
            ses=ses,
            clock=self._clock,
            safety=_SAFETY,
        )

    async def run(self) -> None:
        """Takes batches for ever."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if numbers := self._lanes.receive(self._lane):
                await self._send(numbers)

    async def _send(self, numbers: list[int]) -> None:
        left = list(numbers)
        while left:
            rate = (await self._limits.now()).rate
            moments = await self._pacer.take(len(left), rate, until=self._clock.now() + 30)
            if not moments:
                await self._defer(left)
                break
            group, left = left[: len(moments)], left[len(moments) :]
            claim = claimed(self._entry(group[0]), self._clock.now())
            if group[0] % _DEFERRED_EVERY == 0:
                await self._write(deferred(claim, self._clock.now(), until=None, reason="SES throttles"))
            await self._write(claim)
            await self._clock.sleep(moments[-1] - self._clock.now())
            await asyncio.sleep(_SES_SECONDS)
            self._lanes.sent += len(group)
            await self._write(sent(claim, self._clock.now(), message_id_of(group[0])))
        sent_count = len(numbers) - len(left)
        await self._limits.count(sent_count)
        await self._pacer.count_sent(SenderCounts(recipients=sent_count, deferrals=len(left)))

    async def _defer(self, numbers: list[int]) -> None:
        """No slot came free in the worker's time: others take the messages later."""
        self._lanes.deferred += len(numbers)
        now = self._clock.now()
        await self._write(deferred(self._entry(numbers[0]), now, until=now + 1, reason="no slot came free in time"))

    async def _write(self, entry: LedgerEntry) -> None:
        """Writes ledger rows. Each has a key of its own, so the batch's first stands for all."""
        await asyncio.sleep(_STORE_SECONDS)
        second = int(asyncio.get_running_loop().time())
        self._units.write(second, TABLE, ledger_row_of(entry, retention_days=_RETENTION_DAYS))

    def _entry(self, number: int) -> LedgerEntry:
        now = self._clock.now()
        return LedgerEntry(
            request_id=f"campaign-26-{number:09x}",
            status=RequestStatus.DEFERRED,
            stream=stream_of(number),
            lane=self._lane.value,
            recipients=1,
            recipient=recipient_of(number),
            queued_at=now,
            changed_at=now,
        )
