"""The guard with its real collaborators."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from ses_stack.aws import clients
from ses_stack.aws.retry import Retrying
from ses_stack.config import GuardSettings
from ses_stack.guard.adapters.account import GuardedSes
from ses_stack.guard.adapters.history import HistoryEvidence
from ses_stack.guard.adapters.lanes import GuardedQueues
from ses_stack.guard.adapters.store import GuardTable
from ses_stack.guard.adapters.topic import AlertTopic
from ses_stack.guard.policy import GuardPolicy
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.report import GuardReport
from ses_stack.guard.watch import watch
from ses_stack.mail.streams import STREAMS, configuration_set_of
from ses_stack.sending.adapters.table import SendTable
from ses_stack.statistics.adapters.reader import StatisticsReader

# The guard runs again in a minute: it waits less for an answer than a command does.
_RETRYING = Retrying(max_attempts=3, attempt_seconds=3)


def build() -> Callable[[], GuardReport]:
    """Returns a function that runs the guard once."""
    settings = GuardSettings.read(os.environ)
    dynamodb = clients.dynamodb(os.environ)
    policy = GuardPolicy(
        bounce_rate=settings.bounce_rate,
        complaint_rate=settings.complaint_rate,
        pauses_transactional=settings.pauses_transactional,
        silent_seconds=settings.silent_minutes * 60,
        watches_last_send=settings.watches_last_send,
    )
    tools = GuardTools(
        stack=settings.stack,
        configuration_sets={stream: _configuration_sets(stream, settings) for stream in STREAMS},
        counters=StatisticsReader(dynamodb, name=settings.statistics_table, retrying=_RETRYING),
        account=GuardedSes(clients.sesv2(os.environ)),
        store=GuardTable(SendTable(dynamodb, name=settings.send_table)),
        history=HistoryEvidence(dynamodb, name=settings.event_table),
        lanes=GuardedQueues(clients.sqs(os.environ), clients.cloudwatch(os.environ), settings.queues),
        notify=AlertTopic(cache(clients.sns), arn=settings.topic).notify,
        now=lambda: datetime.now(UTC),
    )
    return lambda: watch(tools, policy)


def _configuration_sets(stream: str, settings: GuardSettings) -> tuple[str, ...]:
    """A stream's own set, and the one for mail beyond the warm-up schedule, where the stack has it."""
    has_shared = settings.has_shared_set and stream == "transactional"
    shares = (False, True) if has_shared else (False,)
    return tuple(configuration_set_of(stream, settings.stack, shared=shared) for shared in shares)
