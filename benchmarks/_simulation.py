"""The sender's world in virtual time: workers, queues, the table, and an SES that enforces its own limits.

The sending loop, the pacer and the shared limits are the deployed ones (`sending/send`, `sending/limits`); the rest is
simulated.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks._played_queue import PlayedQueue
from benchmarks._played_ses import PlayedSes
from benchmarks._world import World
from ses_stack.mail.lanes import Lane
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.request import SendRequest
from ses_stack.sending.jobs import LaneRecord
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.rate import Backoff, SlotRequest, Window
from ses_stack.sending.limits.shared_limits import AskCause, SharedLimits
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.ports import Collaborators, SendingRules
from ses_stack.sending.send import send


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
        self.windows: dict[tuple[int, int], Window] = {}
        self.rows: dict[str, LedgerEntry] = {}
        self.settled: Counter[str] = Counter()
        self.backoff = Backoff()
        self.account: AccountLimits | None = None
        self._asked_at: dict[AskCause, float] = {}

    async def _call(self, calls: int = 1) -> None:
        self.calls += calls
        await asyncio.sleep(self._world.store_seconds * calls)

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        await self._call()
        key = wish.second, wish.shard
        window = self.windows.get(key)
        if window and window.taken < wish.lowest:
            await self._call()  # the row lags behind the clock: a second condition
            window = self.windows[key]
        granted = wish.granted(window)
        if granted is not None:
            self.windows[key] = granted
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

    # the account's limits

    async def known(self) -> KnownLimits:
        await self._call()
        return KnownLimits(account=self.account, backoff=self.backoff)

    async def lease(self, now: float, seconds: float, cause: AskCause) -> bool:
        await self._call()
        if now < self._asked_at.get(cause, 0.0) + seconds:
            return False
        self._asked_at[cause] = now
        return True

    async def put_account(self, account: AccountLimits) -> None:
        await self._call()
        self.account = account

    async def lower(self, new: Backoff, old: Backoff) -> None:
        await self._call()
        if self.backoff == old:
            self.backoff = new

    async def refuse(self, read_at: float) -> None:
        await self._call()
        if self.account and self.account.read_at == read_at:
            self.account = replace(self.account, refused=True)

    async def count(self, recipients: int) -> None:
        await self._call()
        if self.account:
            self.account = replace(self.account, since=self.account.since + recipients)

    def prove(self, request_id: str, message_id: str) -> None:
        """What the projector does with a Send event."""
        row = self.rows.get(request_id)
        if row and row.status in {RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN}:
            self.rows[request_id] = replace(row, status=RequestStatus.SENT, message_id=message_id)


class NothingPaused:
    """Streams and tenants, none of which SES pauses here."""

    async def lease_stream(self, *_: object) -> bool:
        return False

    async def put_learned(self, *_: object) -> None: ...

    async def remove_learned(self, *_: object) -> None: ...

    async def lease_tenant(self, *_: object) -> bool:
        return False

    async def put_tenant(self, *_: object) -> None: ...

    async def remove_tenant(self, *_: object) -> None: ...

    async def is_sending(self, _name: str) -> bool | None:
        return True


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
    return Played(world, store, PlayedSes(world, store.prove), {lane: PlayedQueue(world) for lane in Lane})


def request_of(body: str, recipients: int) -> SendRequest:
    """The request behind a played record, whose body is `{stream}:{id}`."""
    name = body.replace(":", "-")
    return SendRequest(
        request_id=body,
        stream=body.partition(":")[0],
        from_=Mailbox("a@example.com"),
        to=tuple(Mailbox(f"{name}-{number}@example.com") for number in range(recipients)),
    )


async def sender(played: Played, lane: Lane, number: int) -> None:
    """One of the lane's workers, for ever: takes a batch, sends it, deletes what is done."""
    world, queue = played.world, played.queues[lane]
    chance = random.Random(f"{world.seed} {lane} {number}")
    clock, nothing = Clock(chance.uniform(-world.skew / 2, world.skew / 2)), NothingPaused()
    tools = Collaborators(
        lane=lane,
        read_request=lambda body: request_of(body, world.recipients),
        clock=clock,
        pacer=Pacer(lane, windows=played.store, clock=clock, policy=LanePolicy(), random_numbers=chance),
        limits=SharedLimits(
            rows=played.store,
            pauses=SharedPauses(rows=nothing, ses=nothing, clock=clock),
            tenants=SharedTenantPauses(rows=nothing, ses=nothing, clock=clock),
            ses=played.ses,
            clock=clock,
            safety=world.safety,
        ),
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


def started(played: Played, worker: Worker, workers: Mapping[Lane, int]) -> list[asyncio.Task[None]]:
    """Starts the workers."""
    return [
        asyncio.ensure_future(worker(played, lane, number))
        for lane, count in workers.items()
        for number in range(count)
    ]
