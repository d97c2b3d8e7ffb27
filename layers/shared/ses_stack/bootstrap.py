"""Where the real collaborators are put together, for every function.

What only one function needs is imported where it is put together: the others' cold starts do not pay for it.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .adapters.aws_json import Account, Service, endpoint_of
from .config import ProjectorSettings, SenderSettings, Settings, SuppressionSettings

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from .services import project, suppress
    from .services.normalize import Outcome
    from .services.send import Outcome as SendOutcome

# Kept free at the end of an invocation, to answer with what was done.
_MARGIN_SECONDS = 0.5


def dynamodb(environment: Mapping[str, str]) -> Service:
    """DynamoDB without the SDK. It never retries by itself: the adapters do, with the time left in view."""
    return _service("dynamodb", "DynamoDB_20120810", environment)


def sqs(environment: Mapping[str, str]) -> Service:
    """SQS without the SDK."""
    return _service("sqs", "AmazonSQS", environment)


def _service(name: str, target: str, environment: Mapping[str, str]) -> Service:
    return Service(
        name=name,
        target=target,
        endpoint=endpoint_of(name, environment),
        account=Account.read(environment),
        trusted=environment.get("AWS_CA_BUNDLE"),  # as the SDKs read it
    )


def ses_client() -> SESV2Client:
    """A client that fails fast and never retries by itself: whoever calls does, with the time left in view."""
    import boto3  # costs most of a cold start, and most batches never need it
    from botocore.config import Config

    return boto3.client("sesv2", config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}))


def normalizer() -> Callable[[dict[str, Any], int], Outcome]:
    """The normalizer: takes Lambda's SQS event and the milliseconds left."""
    from .adapters import ses_events
    from .adapters.dynamodb import EventTable
    from .services.normalize import QueueRecord, normalize

    settings = Settings.read(os.environ)
    table = EventTable(dynamodb(os.environ), name=settings.event_table, retention_days=settings.retention_days)
    parse = partial(ses_events.parse, stack=settings.stack)

    def run(event: dict[str, Any], milliseconds: int) -> Outcome:
        records = [QueueRecord(record["messageId"], record["body"]) for record in event["Records"]]
        return normalize(
            records, parse=parse, history=table, until=time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        )

    return run


def suppression_writer() -> Callable[[dict[str, Any], int], suppress.Outcome]:
    """The suppression writer: takes Lambda's SQS event and the milliseconds left."""
    from .adapters import ses_feedback
    from .adapters.account_suppressions import AccountSuppressions
    from .adapters.account_turns import AccountTurns
    from .adapters.record_copies import RecordCopies, record_of
    from .adapters.suppression_table import SuppressionTable
    from .services import suppress
    from .services.account_sync import AccountSync
    from .services.suppressions import Work

    settings = SuppressionSettings.read(os.environ)
    database = dynamodb(os.environ)
    table = SuppressionTable(database, name=settings.table, policy=settings.policy)
    account = AccountSync(
        account=AccountSuppressions(ses_client),
        turns=AccountTurns(database, name=settings.table),
        copies=RecordCopies(sqs(os.environ), url=settings.queue_url),
        table=table,
    )

    def run(event: dict[str, Any], milliseconds: int) -> suppress.Outcome:
        until = time.monotonic() + milliseconds / 1000 - _MARGIN_SECONDS
        return suppress.suppress(
            [record_of(message) for message in event["Records"]],
            parse=ses_feedback.parse,
            table=table,
            work=Work(table=table, policy=settings.policy, until=until),
            account=account if settings.sync_account_list else None,
        )

    return run


def sender() -> Callable[[dict[str, Any], int], SendOutcome]:
    """The sender: takes Lambda's SQS event and the milliseconds left. All records of one event are of one lane."""
    from .sender_bootstrap import build

    return build(SenderSettings.read(os.environ), os.environ)


def projector() -> Callable[[dict[str, Any]], project.Outcome]:
    """The projector: takes Lambda's event of a table stream."""
    from .adapters.send_table import SendTable
    from .adapters.threads import Threads
    from .services import project

    settings = ProjectorSettings.read(os.environ)
    service = dynamodb(os.environ)
    table = SendTable(lambda: service, name=settings.send_table, retention_days=1, threads=Threads(1))
    return lambda event: project.project(event["Records"], ledger=table)
