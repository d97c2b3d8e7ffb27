"""SES in the simulation: its latency, its limits, its Send events."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence

from benchmarks._world import World
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.calls import in_calls
from ses_stack.sending.jobs import Job
from ses_stack.sending.limits.account_limits import AccountLimits
from ses_stack_cli.local.simulator.account.limiters import rate_limit


class PlayedSes:
    """Accepts mail when its call arrives, and refuses what is over the account's limits.

    The rate is enforced by the local simulator's own limiters. `arrivals` are the moments of all calls, `accepted` the
    moments and the ids of the mail that was accepted.
    """

    def __init__(self, world: World, prove: Callable[[str, str], None]) -> None:
        """`prove` gets each Send event: a request id and a message id."""
        self._world = world
        self._prove = prove
        self._chance = random.Random(f"ses {world.seed}")
        self.limit = rate_limit(world.limiter, world.rate, asyncio.get_running_loop().time)
        self.arrivals: list[float] = []
        self.throttled_at: list[float] = []
        self.accepted: list[tuple[float, str]] = []
        self.known: Counter[str] = Counter()
        self.sent_today = world.sent_before

    @property
    def throttles(self) -> int:
        """How many calls were refused because of the rate."""
        return len(self.throttled_at)

    async def account(self, now: float) -> AccountLimits | None:
        """GetAccount."""
        await asyncio.sleep(self._world.call_seconds(self._chance))
        return AccountLimits(rate=self.limit.rate, most=self._world.most, sent=self.sent_today, read_at=now)

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        """SendEmail, or SendBulkEmail for several jobs: SES counts each recipient."""
        return await self.call([(job.request.request_id, job.recipient_count) for job in jobs])

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """Jobs that are due together share a call, if the world's mail can."""
        if not self._world.shares_calls:
            return [[job] for job in jobs]
        return in_calls(jobs, lambda _job: "all mail has the same template")

    async def call(self, messages: Sequence[tuple[str, int]]) -> list[SesAnswer]:
        """One call: request ids, each with its recipients. It arrives even if its caller has died."""
        loop = asyncio.get_running_loop()
        answers: asyncio.Future[list[SesAnswer]] = loop.create_future()
        seconds = self._world.call_seconds(self._chance)

        def arrive() -> None:
            outcome = [self._answer(request_id, recipients) for request_id, recipients in messages]
            if not answers.done():
                answers.set_result(outcome)

        loop.call_later(seconds * self._world.network_share, arrive)
        outcome = await answers
        await asyncio.sleep(seconds * (1 - self._world.network_share))
        return outcome

    def _answer(self, request_id: str, recipients: int) -> SesAnswer:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.arrivals += [now] * recipients
        if self.sent_today + recipients > self._world.most:
            return SesAnswer(Verdict.QUOTA, "Daily message quota exceeded.")
        if not self.limit.take(recipients):
            self.throttled_at.append(now)
            return SesAnswer(Verdict.THROTTLED, "Maximum sending rate exceeded.")
        self.sent_today += recipients
        self.accepted.append((now, request_id))
        self.known[request_id] += 1
        if self._chance.random() >= self._world.lost_events:
            delay = self._world.event_seconds * self._chance.uniform(0.5, 1.5)
            loop.call_later(delay, self._prove, request_id, f"m-{request_id}")
        return SesAnswer(Verdict.ACCEPTED, message_id=f"m-{request_id}")
