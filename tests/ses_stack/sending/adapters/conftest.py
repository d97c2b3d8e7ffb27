"""SendTable in moto, for the tests of its adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from ses_stack.aws.retry import Retrying
from ses_stack.aws.threads import Threads
from ses_stack.sending.adapters.table import SendTable
from tests.support.moto_calls import MotoCalls
from tests.support.tables import create_table

NAME = "SendTable"


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table(NAME)
        yield MotoCalls(boto3.client("dynamodb"))


@pytest.fixture
def table(calls: MotoCalls) -> SendTable:
    """The table with four attempts, as in Lambda, and without pauses."""
    return SendTable(calls, name=NAME, retrying=Retrying(max_attempts=4, sleep=lambda _: None))


@pytest.fixture
def own_table(table: SendTable) -> Callable[[], SendTable]:
    """What gives each thread its table."""
    return lambda: table


@pytest.fixture
def threads() -> Threads:
    return Threads(1)
