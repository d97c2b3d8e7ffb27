"""What the sender needs from outside: protocols of its collaborators, and the operator's settings for it.

The adapters implement the protocols; the tests and the simulation replace them by fakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ses_stack.mail.lanes import Lane
from ses_stack.requests.request import SendRequest
from ses_stack.sending.answers import SesAnswer
from ses_stack.sending.jobs import DeadLetter, Job, LaneCopy
from ses_stack.sending.limits.account_limits import Allowance
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import Clock, Pacer
from ses_stack.sending.limits.warm_up import WarmUp
from ses_stack.sending.outcomes.ledger import LedgerChange, LedgerEntry


class Limits(Protocol):
    """The account's limits, which all workers share. Each method raises `TableError`."""

    async def now(self) -> Allowance:
        """What the sender may send now."""

    async def throttled(self) -> bool:
        """Slows all workers down after SES's throttle answer. True: this one gives up its reserved slots."""

    async def used_up(self) -> None:
        """Shares SES's answer that the quota is used up."""

    async def paused(self, stream: str, tenant: str | None) -> None:
        """Finds out what is paused, after SES's answer to mail of a stream and a tenant, and shares it."""

    async def is_tenant_paused(self, tenant: str) -> bool:
        """Whether SES has paused a tenant; shares it."""

    async def count(self, recipients: int) -> None:
        """Adds to the recipients that were sent to."""


class RequestLedger(Protocol):
    """The ledger's rows."""

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The rows that exist, by request id. Raises `TableError`."""

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        """Whether each change was made. A change is not made if its row has changed before.

        Raises `TableError`; `PartialWriteError` if what became of some changes is known.
        """


class SuppressionLookup(Protocol):
    """The suppression list."""

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        """The keys of the suppressed ones of the addresses, each with the reason. Raises `TableError`."""


class Ses(Protocol):
    """SES. Never raises: an exception becomes an answer."""

    async def send(self, jobs: Sequence[Job]) -> Sequence[SesAnswer]:
        """Sends the jobs of one call; one answer for each job."""

    def together(self, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        """The jobs as calls: most in a call of their own, several where one call can carry them."""


class RequestQueue(Protocol):
    """A lane's queue and its dead-letter queue."""

    async def requeue(self, copies: Sequence[LaneCopy]) -> Mapping[str, str]:
        """Queues copies. Returns the ids of the records that SQS did not accept, each with the reason."""

    async def dead_letter(self, dead_letters: Sequence[DeadLetter]) -> Mapping[str, str]:
        """Queues dead letters. Returns the ids of the records that SQS did not accept, each with the reason."""


class WarmUpCounter(Protocol):
    """The recipients that a warming pool has been given on one day. Each method raises `TableError`."""

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        """Counts at most `wanted` recipients at a provider; returns how many fit under the day's limit."""

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        """Takes recipients off the count that were not sent to, per provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRules:
    """The operator's settings for the sending loop.

    `evidence_seconds` is how long a request without a known outcome waits for its Send event. `deferral_seconds` is how
    long a request may be deferred because of faults. `quota_threshold` is the share of the quota from which only the
    priority lane sends. `margin_seconds` is the part of the worker's time that is left for calls under way.
    `large_message_seconds` is how long a message with attachments in S3 may take: to read and encode them, to upload
    them to SES, and to wait for the answer.
    """

    evidence_seconds: float = 120.0
    deferral_seconds: float = 72 * 3600.0
    quota_threshold: float = 0.9
    margin_seconds: float = 8.0
    large_message_seconds: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """All that the sender of one lane works with. `read_request` parses a record's body; it raises `RecordError`."""

    lane: Lane
    read_request: Callable[[str], SendRequest]
    clock: Clock
    pacer: Pacer
    limits: Limits
    ledger: RequestLedger
    suppressions: SuppressionLookup
    ses: Ses
    queue: RequestQueue
    hold_time: HoldTime
    rules: SendingRules
    warm_up: WarmUp | None = None
    warm_up_counter: WarmUpCounter | None = None
