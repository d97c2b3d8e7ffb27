"""A sender's collaborators of which one call fails: before its effect, after it, or with a part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from ses_stack.errors import PartialWriteError, TableError
from ses_stack.sending.answers import SesAnswer, Verdict
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy
from ses_stack.sending.limits.account_limits import Allowance
from ses_stack.sending.limits.rate import SlotRequest, Window
from ses_stack.sending.limits.warm_up import WarmUp
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry
from ses_stack.sending.ports import Collaborators
from tests.support.sender_fakes import World

WARM_UP = WarmUp(pools={"transactional": "own", "marketing": "own"}, start=date(2026, 9, 21))  # the day of START


class Failure(StrEnum):
    """How a call fails. `AFTER`: it was carried out, and its answer is lost. `PARTLY`: every second part was."""

    BEFORE = "before"
    AFTER = "after"
    PARTLY = "partly"


@dataclass
class FailingWorld(World):
    """Everything that the sender talks to; its call number `fails_at`, counted from 1, fails."""

    fails_at: int = 0
    failure: Failure = Failure.BEFORE
    warm: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.call_count = 0
        self.failed_call = ""

    def _fails(self, name: str) -> bool:
        self.call_count += 1
        if self.call_count == self.fails_at:
            self.failed_call = name
        return self.call_count == self.fails_at

    def _refuses(self, name: str) -> bool:
        """Whether a call fails that has no effect or no answer of its own."""
        fails = self._fails(name)
        if fails and self.failure is not Failure.AFTER:
            raise TableError(f"{name} fails")
        return fails

    # tables

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        if self._refuses("read"):
            raise TableError("read fails")
        return await super().read(request_ids)

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        if not self._fails("write"):
            return await super().write(changes)
        if self.failure is Failure.PARTLY:
            written = [each % 2 == 0 and self._write(change) for each, change in enumerate(changes)]
            known = [made if each % 2 == 0 else None for each, made in enumerate(written)]
            raise PartialWriteError("write fails", known)
        if self.failure is Failure.AFTER:
            await super().write(changes)
        raise TableError("write fails")

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        if self._refuses("check"):
            raise TableError("check fails")
        return await super().check(addresses, stream=stream, topic=topic)

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        fails = self._refuses("take")
        taken = await super().take(wish)
        if fails:
            raise TableError("take fails")
        return taken

    async def allowance(self) -> Allowance:
        if self._refuses("limits"):
            raise TableError("limits fail")
        return await super().allowance()

    async def count(self, recipients: int) -> None:
        fails = self._refuses("count")
        await super().count(recipients)
        if fails:
            raise TableError("count fails")

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        fails = self._refuses("admit")
        await self._await()
        admitted = max(0, min(wanted, limit - self.warm[provider]))
        self.warm[provider] += admitted
        if fails:
            raise TableError("admit fails")
        return admitted

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        fails = self._refuses("give back")
        await self._await()
        self.warm.subtract(unused)
        if fails:
            raise TableError("give back fails")

    # SES and SQS

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        if not self._fails("send"):
            return await super().send(jobs)
        lost = SesAnswer(Verdict.UNCERTAIN, "SES did not answer")
        if self.failure is not Failure.BEFORE:
            for job in jobs:
                self.accepted.append((self.now(), job.request.request_id, job.recipients))
        return [lost for _ in jobs]

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        queued = self._queued("requeue", copies)
        await super().requeue(queued)
        return self._unanswered(copies)

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        queued = self._queued("dead letter", dead_letters)
        await super().dead_letter(queued)
        return self._unanswered(dead_letters)

    def _queued[M: (LaneCopy, DeadLetter)](self, name: str, messages: Sequence[M]) -> Sequence[M]:
        """The messages that SQS queues."""
        self._reported = 0
        if not self._fails(name):
            return messages
        self._reported = 2 if self.failure is Failure.PARTLY else 1
        queued = {Failure.BEFORE: [], Failure.AFTER: messages, Failure.PARTLY: messages[::2]}
        return queued[self.failure]

    def _unanswered(self, messages: Sequence[LaneCopy] | Sequence[DeadLetter]) -> Mapping[str, str]:
        failed = {0: [], 1: messages, 2: messages[1::2]}[self._reported]
        return {message.record.id: "no answer" for message in failed}

    def tools(self) -> Collaborators:
        return replace(super().tools(), warm_up=WARM_UP, warm_up_counter=self)
