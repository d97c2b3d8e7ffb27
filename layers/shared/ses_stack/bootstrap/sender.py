"""The sender with its real collaborators."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from ses_stack.aws import clients
from ses_stack.aws.json_api import Service
from ses_stack.aws.ses_api import SesCalls
from ses_stack.aws.threads import PerThread, SystemClock, Threads
from ses_stack.config import SenderSettings
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.account import AccountRows
from ses_stack.sending.adapters.attachments import AttachmentReader
from ses_stack.sending.adapters.configuration_sets import SesStreamSwitches
from ses_stack.sending.adapters.lane_queue import LaneQueue, record_of, request_of
from ses_stack.sending.adapters.ledger import LedgerRows
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.pauses import LearnedPauses
from ses_stack.sending.adapters.ses import SesAccount, SesSender
from ses_stack.sending.adapters.suppression_check import SuppressionCheck
from ses_stack.sending.adapters.table import SendTable
from ses_stack.sending.adapters.tenants import SesTenants
from ses_stack.sending.adapters.warm_up import WarmUpCounts
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits.hold_time import HoldTime
from ses_stack.sending.limits.pacing import LanePolicy, Pacer
from ses_stack.sending.limits.shared_limits import SharedLimits
from ses_stack.sending.limits.shared_pauses import SharedPauses
from ses_stack.sending.limits.tenant_pauses import SharedTenantPauses
from ses_stack.sending.only_recipients import OnlyNamed
from ses_stack.sending.ports import Collaborators, SendingRules, SuppressionLookup
from ses_stack.sending.send import send
from ses_stack.sending.sent_batch import SentBatch
from ses_stack.sending.unsubscribe import Unsubscribe
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy

# Calls under way at a time, of one worker: to SES, and to DynamoDB, SQS and GetAccount.
_SES_CALLS, _OTHER_CALLS = 20, 8
# How long SES may take to read and answer a message of tens of megabytes. Over 10 MB, SES may take as little as 40 MB a
# second from an account: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
# With reading from S3 and encoding, it is less than `SendingRules.large_message_seconds`.
_LARGE_ANSWER_SECONDS = 12
# Kept free at the end of an invocation, to answer Lambda.
_MARGIN_SECONDS = 0.5


def build() -> Callable[[dict[str, Any], int], SentBatch]:
    """Returns a function of Lambda's SQS event of one lane and the milliseconds left.

    Each lane gets collaborators of its own when its first batch comes. They remember between invocations.
    """
    settings = SenderSettings.read(os.environ)
    ses = clients.sesv2(os.environ)
    runner = asyncio.Runner()
    lanes = {url.rpartition("/")[2]: Lane(lane) for lane, url in settings.queues.items()}
    collaborators_of = cache(lambda lane: _collaborators(settings, lane, ses))

    def send_records(event: dict[str, Any], milliseconds: int) -> SentBatch:
        lane = lanes[event["Records"][0]["eventSourceARN"].rpartition(":")[2]]
        collaborators = collaborators_of(lane)
        until = collaborators.clock.now() + milliseconds / 1000 - _MARGIN_SECONDS
        records = [record_of(message) for message in event["Records"]]
        return runner.run(send(records, collaborators, until=until))

    return send_records


def _collaborators(settings: SenderSettings, lane: Lane, ses: SesCalls) -> Collaborators:
    clock, threads = SystemClock(), Threads(_OTHER_CALLS)
    dynamodb = PerThread(lambda: clients.dynamodb(os.environ))
    sqs = PerThread(lambda: clients.sqs(os.environ))
    table = PerThread(lambda: SendTable(dynamodb(), name=settings.table))
    queue = LaneQueue(
        sqs, url=settings.queues[lane.value], dead_letters=settings.dead_letters[lane.value], threads=threads
    )
    return Collaborators(
        lane=lane,
        read_request=request_of,
        clock=clock,
        pacer=Pacer(
            lane,
            windows=RateWindows(table, threads=threads),
            clock=clock,
            policy=LanePolicy(bulk_share=settings.bulk_share),
            random_numbers=random.Random(),
        ),
        limits=_limits(settings, table, ses, clock, threads),
        ledger=LedgerRows(table, retention_days=settings.retention_days, threads=threads),
        suppressions=_suppressions(settings, dynamodb, threads),
        ses=SesSender(
            ses,
            patient_calls=clients.sesv2(os.environ, answer_seconds=_LARGE_ANSWER_SECONDS),
            composer=_composer(settings),
            threads=Threads(_SES_CALLS),
        ),
        queue=queue,
        hold_time=HoldTime(queue, clock=clock, random_numbers=random.Random()),
        rules=SendingRules(
            evidence_seconds=settings.evidence_seconds,
            deferral_seconds=settings.deferral_hours * 3600,
            quota_threshold=settings.threshold,
        ),
        warm_up=settings.warm_up,
        warm_up_counter=WarmUpCounts(table, threads=threads),
    )


def _suppressions(settings: SenderSettings, dynamodb: PerThread[Service], threads: Threads) -> SuppressionLookup:
    table = PerThread(lambda: SuppressionTable(dynamodb(), name=settings.suppression_table, policy=Policy()))
    lookup = SuppressionCheck(table, threads=threads)
    if settings.only_recipients is None:
        return lookup
    return OnlyNamed(lookup, settings.only_recipients)


def _limits(
    settings: SenderSettings, table: PerThread[SendTable], ses: SesCalls, clock: SystemClock, threads: Threads
) -> SharedLimits:
    pauses = LearnedPauses(table, threads=threads)
    return SharedLimits(
        rows=AccountRows(table, threads=threads),
        pauses=SharedPauses(
            rows=pauses,
            ses=SesStreamSwitches(ses, stack=settings.stack, threads=threads),
            clock=clock,
        ),
        tenants=SharedTenantPauses(rows=pauses, ses=SesTenants(ses, threads=threads), clock=clock),
        ses=SesAccount(ses, threads=threads),
        clock=clock,
        safety=settings.safety,
    )


def _composer(settings: SenderSettings) -> MessageComposer:
    return MessageComposer(
        stack=settings.stack,
        unsubscribe=Unsubscribe(url=settings.unsubscribe_url, contact_list=settings.contact_list),
        attachments=AttachmentReader(cache(clients.s3), bucket=settings.attachment_bucket),
    )
