"""The sender with its real collaborators."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ses_stack.aws import clients
from ses_stack.aws.threads import PerThread, SystemClock, Threads
from ses_stack.config import SenderSettings
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.lane_queue import LaneQueue, record_of, request_of
from ses_stack.sending.adapters.messages import MessageComposer
from ses_stack.sending.adapters.send_table import SendTable
from ses_stack.sending.adapters.ses import SesAccount, SesSender
from ses_stack.sending.adapters.suppression_check import SuppressionCheck
from ses_stack.sending.pacing import LanePolicy, Pacer
from ses_stack.sending.ports import Collaborators, SendingRules
from ses_stack.sending.send import send
from ses_stack.sending.sent_batch import SentBatch
from ses_stack.sending.shared_limits import SharedLimits
from ses_stack.sending.unsubscribe import Unsubscribe
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# Messages under way to SES at a time, of one worker; and calls to the rest beside them.
_SES_CALLS, _OTHER_CALLS = 20, 8
_MARGIN_SECONDS = 0.5


def build() -> Callable[[dict[str, Any], int], SentBatch]:
    """The sender for both lanes, each with a limiter of its own that remembers between invocations."""
    environment = os.environ
    settings = SenderSettings.read(environment)
    # Made now, while the function starts: made for the first message, it would hold up mail whose slot is due.
    _ses_client()
    runner = asyncio.Runner()
    tools = cache(lambda lane: _tools(settings, environment, lane))
    lanes = {url.rpartition("/")[2]: Lane(lane) for lane, url in settings.queues.items()}

    def run(event: dict[str, Any], milliseconds: int) -> SentBatch:
        lane = lanes[event["Records"][0]["eventSourceARN"].rpartition(":")[2]]
        records = [record_of(message) for message in event["Records"]]
        own = tools(lane)
        return runner.run(send(records, own, until=own.clock.now() + milliseconds / 1000 - _MARGIN_SECONDS))

    return run


def _tools(settings: SenderSettings, environment: Mapping[str, str], lane: Lane) -> Collaborators:
    others, clock = Threads(_OTHER_CALLS), SystemClock()
    policy = LanePolicy(bulk_share=settings.bulk_share)
    dynamodb = PerThread(lambda: clients.dynamodb(environment))
    sqs = PerThread(lambda: clients.sqs(environment))
    table = SendTable(dynamodb, name=settings.table, retention_days=settings.retention_days, threads=others)
    suppressions = PerThread(lambda: SuppressionTable(dynamodb(), name=settings.suppression_table, policy=Policy()))
    return Collaborators(
        lane=lane,
        read_request=request_of,
        clock=clock,
        pacer=Pacer(
            lane,
            windows=table,
            clock=clock,
            policy=policy,
            random_numbers=random.Random(),
        ),
        limits=SharedLimits(
            rows=table, ses=SesAccount(_ses_client, threads=others), clock=clock, safety=settings.safety
        ),
        ledger=table,
        suppressions=SuppressionCheck(suppressions, threads=others),
        ses=SesSender(
            _ses_client,
            composer=MessageComposer(
                stack=settings.stack,
                unsubscribe=Unsubscribe(url=settings.unsubscribe_url, contact_list=settings.contact_list),
                read_object=_content_of,
            ),
            threads=Threads(_SES_CALLS),
        ),
        queue=LaneQueue(
            sqs,
            url=settings.queues[lane.value],
            dead_letters=settings.dead_letters[lane.value],
            threads=others,
        ),
        rules=SendingRules(
            evidence_seconds=settings.evidence_seconds,
            deferral_seconds=settings.deferral_hours * 3600,
            quota_threshold=settings.threshold,
        ),
        warm_up=settings.warm_up,
        warm_up_counter=table,
    )


@cache
def _ses_client() -> SESV2Client:
    return clients.sesv2(connections=_SES_CALLS + 2, connect_seconds=2)


_s3_client = cache(clients.s3)


def _content_of(bucket: str, key: str) -> bytes:
    content: bytes = _s3_client().get_object(Bucket=bucket, Key=key)["Body"].read()
    return content
