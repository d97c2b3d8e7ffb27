"""The tables that the guard uses, in moto."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.support.moto_calls import MotoCalls
from tests.support.tables import create_table


@pytest.fixture
def calls() -> Iterator[MotoCalls]:
    with mock_aws():
        create_table("SendTable")
        create_table("EventTable")
        yield MotoCalls(boto3.client("dynamodb"))
