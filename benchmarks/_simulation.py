"""The sender's world in virtual time: workers, queues, the table, and an SES that enforces its own limits.

The sending loop and the pacer are the deployed ones (`sending/send`, `sending/limits/pacing`); the rest is simulated.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ses_stack.mail.lanes import Lane
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy, LaneRecord
from ses_stack.sending.limits.account_limits import AccountLimits, Allowance
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.rate import Backoff, Rate, SlotRequest, Window
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.ports import Collaborators, SendingRules
from ses_stack.sending.send import send

START = 1_790_000_000.0
_MAX_RECEIVES = 5
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is played. Seconds, but for shares."""

    rate: float
    safety: float = 0.98
    priority_workers: int = 2
    bulk_workers: int = 4
    batch: int = 10
    store_seconds: float = 0.005
    ses_seconds: float = 0.08
    skew: float = 0.05
    kills: float = 0.0
    timeout: float = 30.0
    visibility: float = 180.0
    event_seconds: float = 2.0
    lost_events: float = 0.0
    most: float = 1e9
    sent_before: float = 0.0
    seed: int = 1


class Clock:
    """A worker's clock, off by its skew."""

    def __init__(self, skew: float) -> None:
        self._skew = skew

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self._skew

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class Store:
    """The table, the limits and the suppression list, each call taking its time. Counts the calls."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.calls = 0
        self.windows: dict[int, Window] = {}
        self.rows: dict[str, LedgerEntry] = {}
        self.settled: Counter[str] = Counter()
        self.backoff = Backoff()
        self.account = AccountLimits(rate=world.rate, most=world.most, sent=world.sent_before, read_at=START)

    async def _call(self, calls: int = 1) -> None:
        self.calls += calls
        await asyncio.sleep(self._world.store_seconds * calls)

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        await self._call()
        window = self.windows.get(wish.second)
        if window and window.taken < wish.lowest:
            await self._call()  # the row lags behind the clock: a second condition
            window = self.windows[wish.second]
        granted = wish.granted(window)
        if granted is not None:
            self.windows[wish.second] = granted
        return granted is not None, granted or window or Window()

    async def count_sent(self, *_: object) -> None:
        await self._call()

    async def check(self, addresses: Sequence[str], **_: str | None) -> Mapping[str, str]:
        await self._call(-(-len(addresses) // 100))
        return {}

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        await self._call(-(-len(request_ids) // 100))
        return {each: self.rows[each] for each in request_ids if each in self.rows}

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        await self._call(-(-len(changes) // 25))
        return [self._write(change) for change in changes]

    def _write(self, change: LedgerChange) -> bool:
        row = self.rows.get(change.entry.request_id)
        expected = change.expected
        if (row is None) != (expected is None):
            return False
        if row is not None and expected is not None and (row.status, row.claim) != (expected.status, expected.claim):
            return False
        if row is None or row.status is not RequestStatus.SENT:
            self.settled[change.entry.request_id] += change.entry.status is RequestStatus.SENT
        self.rows[change.entry.request_id] = change.entry
        return True

    def prove(self, request_id: str, message_id: str) -> None:
        """What the projector does with a Send event."""
        row = self.rows.get(request_id)
        if row and row.status in {RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN}:
            self.rows[request_id] = replace(row, status=RequestStatus.SENT, message_id=message_id)


class Limits:
    """One worker's view of the shared limits, read again every two seconds."""

    def __init__(self, store: Store, world: World, clock: Clock) -> None:
        self._store = store
        self._world = world
        self._clock = clock
        self._read_at = 0.0
        self._backoff = Backoff()
        self._account = store.account

    async def now(self) -> Allowance:
        if self._clock.now() > self._read_at + 2:
            await self._store._call()
            self._read_at = self._clock.now()
            self._backoff, self._account = self._store.backoff, self._store.account
        factor = self._backoff.now(self._clock.now())
        return Allowance(Rate.of(self._account.rate * self._world.safety * factor), self._account)

    async def throttled(self) -> None:
        await self._store._call()
        self._store.backoff = self._store.backoff.lowered(self._clock.now()) or self._store.backoff
        self._read_at = 0.0

    async def used_up(self) -> None:
        await self._store._call()
        self._store.account = replace(self._store.account, refused=True)

    async def paused(self, _stream: str, _tenant: str | None) -> None:
        await self._store._call()

    async def is_tenant_paused(self, _tenant: str) -> bool:
        await self._store._call()
        return False

    async def count(self, recipients: int) -> None:
        await self._store._call()
        self._store.account = replace(self._store.account, since=self._store.account.since + recipients)


class PlayedSes:
    """Accepts mail half its latency after the call, and refuses what is over the account's limits.

    A tenth more than the rate is tolerated in one second, nothing in ten.
    """

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store
        self._chance = random.Random(f"ses {world.seed}")
        self.accepted: list[tuple[float, str]] = []
        self.known: Counter[str] = Counter()
        self.times: deque[float] = deque()
        self._second: deque[float] = deque()
        self.throttles = 0
        self.sent_today = world.sent_before

    def accept(self, request_id: str, recipients: int) -> SesAnswer:
        now = asyncio.get_running_loop().time()
        while self.times and self.times[0] <= now - 10:
            self.times.popleft()
        while self._second and self._second[0] <= now - 1:
            self._second.popleft()
        last_second = len(self._second)
        rate = self._world.rate
        if last_second + recipients > rate * 1.1 or len(self.times) + recipients > rate * 10:
            self.throttles += 1
            return SesAnswer(Verdict.THROTTLED, "Maximum sending rate exceeded.")
        if self.sent_today + recipients > self._world.most:
            return SesAnswer(Verdict.QUOTA, "Daily message quota exceeded.")
        self.sent_today += recipients
        self.times.extend([now] * recipients)
        self._second.extend([now] * recipients)
        self.accepted.append((now, request_id))
        self.known[request_id] += 1
        if self._chance.random() >= self._world.lost_events:
            delay = self._world.event_seconds * self._chance.uniform(0.5, 1.5)
            asyncio.get_running_loop().call_later(delay, self._store.prove, request_id, f"m-{request_id}")
        return SesAnswer(Verdict.ACCEPTED, message_id=f"m-{request_id}")

    async def call(self, request_id: str, recipients: int) -> SesAnswer:
        """One call. Whether its caller still lives when it arrives makes no difference."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[SesAnswer] = loop.create_future()

        def arrive() -> None:
            outcome = self.accept(request_id, recipients)
            if not answer.done():
                answer.set_result(outcome)

        loop.call_later(self._world.ses_seconds / 2, arrive)
        outcome = await answer
        await asyncio.sleep(self._world.ses_seconds / 2)
        return outcome

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        return [await self.call(job.request.request_id, job.recipient_count) for job in jobs]

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        return [[job] for job in jobs]


class PlayedQueue:
    """A queue like SQS: a received message is hidden, then visible again unless deleted; dead after five receives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visible: deque[LaneRecord] = deque()
        self._hidden: list[tuple[float, int, LaneRecord]] = []
        self._held: dict[str, LaneRecord] = {}
        self._number = 0
        self._filled = asyncio.Event()
        self.dead: list[tuple[LaneRecord, str]] = []
        self.deferred = 0

    def put(self, record: LaneRecord, delay: float = 0.0) -> None:
        self._number += 1
        record = replace(record, id=f"r{self._number}", received=0)
        self._show(record) if delay <= 0 else self._hide(record, delay)

    def _show(self, record: LaneRecord) -> None:
        if record.received >= _MAX_RECEIVES:
            self.dead.append((record, "received five times"))
            return
        self._visible.append(record)
        self._filled.set()

    def _hide(self, record: LaneRecord, delay: float) -> None:
        loop = asyncio.get_running_loop()
        self._number += 1
        heapq.heappush(self._hidden, (loop.time() + delay, self._number, record))
        loop.call_later(delay, self._surface)

    def _surface(self) -> None:
        now = asyncio.get_running_loop().time() + 1e-6
        while self._hidden and self._hidden[0][0] <= now:
            record = heapq.heappop(self._hidden)[2]
            if record.received == 0 or self._held.pop(record.id, None) is not None:
                self._show(record)

    async def receive(self, most: int) -> list[LaneRecord]:
        while not self._visible:
            self._filled.clear()
            await self._filled.wait()
        await asyncio.sleep(_POLL_SECONDS)
        taken: list[LaneRecord] = []
        while self._visible and len(taken) < most:
            record = self._visible.popleft()
            record = replace(record, received=record.received + 1)
            self._held[record.id] = record
            self._hide(record, self._world.visibility)
            taken.append(record)
        return taken

    def delete(self, record_id: str) -> None:
        self._held.pop(record_id, None)

    async def waiting(self) -> int | None:
        return len(self.left)

    @property
    def depth(self) -> int:
        return len(self._visible)

    @property
    def left(self) -> list[LaneRecord]:
        """All that is still there, whether it shows or not."""
        hidden = [r for _, _, r in self._hidden if r.received == 0 or r.id in self._held]
        return [*self._visible, *hidden]

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        await asyncio.sleep(self._world.store_seconds)
        for copy in copies:
            self.deferred += 1
            self.put(replace(copy.record, deferrals=copy.record.deferrals + 1), copy.delay_seconds)
        return {}

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        await asyncio.sleep(self._world.store_seconds)
        self.dead += [(letter.record, letter.reason) for letter in dead_letters]
        return {}


@dataclass(slots=True)
class Played:
    """A world that runs: its parts, and what can be measured in them."""

    world: World
    store: Store
    ses: PlayedSes
    queues: Mapping[Lane, PlayedQueue]
    queued: dict[str, float] = field(default_factory=dict)
    kills: int = 0

    def put(self, lane: Lane, request_id: str, *, at: float | None = None) -> None:
        """Queues a message, now or at a moment."""
        loop = asyncio.get_running_loop()
        if at is not None and at > loop.time():
            loop.call_at(at, self.put, lane, request_id)
            return
        self.queued[request_id] = loop.time()
        self.queues[lane].put(LaneRecord(id="", body=request_id, queued_at=loop.time()))


type Worker = Callable[[Played, Lane, int], Awaitable[None]]


def built(world: World) -> Played:
    """A world in which nothing moves yet. Must be called in a running loop."""
    store = Store(world)
    return Played(world, store, PlayedSes(world, store), {lane: PlayedQueue(world) for lane in Lane})


def request_of(body: str) -> SendRequest:
    """The request behind a played record, whose body is `{stream}:{id}`."""
    return SendRequest(
        request_id=body,
        stream=body.partition(":")[0],
        from_=Mailbox("a@example.com"),
        to=(Mailbox(f"{body.replace(':', '-')}@example.com"),),
    )


async def sender(played: Played, lane: Lane, number: int) -> None:
    """One of the lane's workers, for ever: takes a batch, sends it, deletes what is done."""
    world, queue = played.world, played.queues[lane]
    chance = random.Random(f"{world.seed} {lane} {number}")
    clock = Clock(chance.uniform(-world.skew / 2, world.skew / 2))
    tools = Collaborators(
        lane=lane,
        read_request=request_of,
        clock=clock,
        pacer=Pacer(lane, windows=played.store, clock=clock, policy=LanePolicy(), random_numbers=chance),
        limits=Limits(played.store, world, clock),
        ledger=played.store,
        suppressions=played.store,
        ses=played.ses,
        queue=queue,
        hold_time=HoldTime(queue, clock=clock, random_numbers=chance),
        rules=SendingRules(),
    )
    while True:
        records = await queue.receive(world.batch)
        batch = asyncio.create_task(send(records, tools, until=clock.now() + world.timeout))
        if world.kills and chance.random() < world.kills * world.batch:
            await asyncio.sleep(chance.uniform(0, 0.4))
            if not batch.done():
                batch.cancel()
                played.kills += 1
                await asyncio.wait([batch])
                continue
        outcome = await batch
        for record in records:
            if record.id not in outcome.left_in_queue:
                queue.delete(record.id)


async def recipe(played: Played, lane: Lane, number: int) -> None:
    """The usual recipe's worker: no pacing, one call after the other, a throttle is a failure of the whole batch."""
    world, queue = played.world, played.queues[lane]
    chance = random.Random(f"{world.seed} recipe {number}")
    while True:
        records = await queue.receive(world.batch)
        dies = world.kills and chance.random() < world.kills * len(records)
        lives_for = chance.randrange(len(records)) if dies else len(records)
        for record in records[:lives_for]:
            if (await played.ses.call(record.body, 1)).verdict is not Verdict.ACCEPTED:
                break
        else:
            for record in records[:lives_for] if not dies else []:
                queue.delete(record.id)


def started(played: Played, worker: Worker, workers: Mapping[Lane, int]) -> list[asyncio.Task[None]]:
    """Starts the workers."""
    return [
        asyncio.ensure_future(worker(played, lane, number))
        for lane, count in workers.items()
        for number in range(count)
    ]


def worst_window(times: Sequence[float], seconds: float) -> int:
    """The most that any window of so many seconds holds, wherever it begins."""
    return max((bisect_left(times, begin + seconds - 1e-9) - n for n, begin in enumerate(times)), default=0)
