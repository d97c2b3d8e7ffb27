"""SuppressionTable in moto."""

from __future__ import annotations

import time
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.retry import Retrying
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.policy import Policy
from ses_stack.suppression.settle import SettleContext
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_fakes import Time
from tests.support.suppression_rows import NAME
from tests.support.tables import create_table

POLICY = Policy()


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table(NAME)
        yield MotoCalls(boto3.client("dynamodb"))


@pytest.fixture
def table(calls: MotoCalls) -> SuppressionTable:
    return SuppressionTable(calls, name=NAME, policy=POLICY, retrying=Retrying(sleep=lambda _: None))


@pytest.fixture
def context(table: SuppressionTable) -> SettleContext:
    clock = Time()
    return SettleContext(table=table, policy=POLICY, until=time.monotonic() + 30, now=clock.now, sleep=clock.sleep)
