"""The run behind the cost benchmark: real loop, adapters and handlers over a store that counts as DynamoDB charges.

A campaign goes through the sending loop, and SES's events through the functions that follow. The statistics writer's
part is that of half an hour of such mail: it writes most of its rows at the end of a window.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from moto import mock_aws

from benchmarks._cost_following import FUNCTIONS, follow
from benchmarks._cost_mail import MIX
from benchmarks._cost_sending import pace_of, sent
from benchmarks._cost_tally import Tally
from benchmarks._counting_store import CountingStore, stored_bytes
from benchmarks._statistics_worker import SHARDS, half_an_hour
from benchmarks._template import environment_of, table_of_template
from tests.support.tables import create_table

TABLES = ("EventTable", "SendTable", "SuppressionTable")
# What has no expiry is counted for a year.
_DAYS_WITHOUT_EXPIRY = 365


def counted(messages: int, *, batch: int, event_batch: int, **environment: str) -> Tally:
    """Sends so many messages in batches of `batch` requests, and takes their events in batches of `event_batch`.

    The functions' environment is that of the template's defaults, but for `environment`.
    """
    with _aws(environment) as store:
        tally, now = Tally(messages, store), float(int(time.time()))
        follow(tally, sent(tally, batch=batch, now=now), batch=event_batch, now=now)
        for table in TABLES:
            _count_storage(tally, table, now)
        _count_statistics(tally, pace_of(batch))
        return tally


@contextlib.contextmanager
def _aws(environment: Mapping[str, str]) -> Iterator[CountingStore]:
    for function in FUNCTIONS:
        os.environ |= environment_of(f"functions/{function}")
    os.environ |= {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
    os.environ |= {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "STACK_NAME": "ses-stack"}
    os.environ |= {"EVENT_TABLE": "EventTable", "SEND_TABLE": "SendTable", "SUPPRESSION_TABLE": "SuppressionTable"}
    os.environ |= {"SUPPRESSION_QUEUE_URL": "suppression", "SYNC_ACCOUNT_LIST": "false", "HISTORY_WAIT": "120"}
    os.environ |= environment
    with mock_aws():
        for table in TABLES:
            create_table(table)
        yield CountingStore()


def _count_statistics(tally: Tally, messages_per_second: int) -> None:
    events_per_message = sum(MIX.values()) / MIX["send"]
    counted = half_an_hour(records_per_second=messages_per_second * events_per_message / SHARDS)
    share = tally.messages * events_per_message / counted.records
    tally.store.writes["statistics", "StatisticsTable"] += counted.units * share
    tally.table_byte_days["StatisticsTable"] += round(counted.byte_days * share)
    tally.invocations["statistics_writer"] += counted.invocations * share
    tally.records["statistics_writer"] += counted.records * share


def _count_storage(tally: Tally, table: str, now: float) -> None:
    indexes = list(table_of_template(table).indexes.values())
    pages: Any = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    for row in (row for page in pages for row in page["Items"]):
        until = float(row["expires_at"]["N"]) if "expires_at" in row else now + _DAYS_WITHOUT_EXPIRY * 86_400
        days = max(0.0, until - now) / 86_400
        own, copies = stored_bytes(row, indexes)
        tally.table_byte_days[table] += round(own * days)
        tally.index_byte_days[table] += round(copies * days)
