"""The guard with its real collaborators."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest

from ses_stack.bootstrap.guard import build
from ses_stack.errors import ConfigurationError
from ses_stack.statistics.adapters.rows import counter_name, counters_key
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at
from tests.support.guard_world import values
from tests.support.lambda_world import FakeSes, rows


def count(stream: str, **counts: int) -> None:
    """Counts events of this hour, as the statistics writer does."""
    key = counters_key(CounterRow(Grain.HOURS, bucket_at(Grain.HOURS, datetime.now(UTC)), stream, ""))
    counters = {counter_name("gmail", Counter(name)): {"N": str(number)} for name, number in counts.items()}
    boto3.client("dynamodb").put_item(TableName="StatisticsTable", Item={**key, **counters})


def test_a_quiet_stack_is_read_and_left_alone(ses: FakeSes) -> None:
    report = build()()
    assert (report.unknown, report.actions) == ({}, [])
    assert values(report)["MaxSendRate"] == 500
    assert {row["pk"]["S"] for row in rows("SendTable")} == {"GUARD"}


def test_a_stream_that_complains_too_much_is_paused_with_its_second_configuration_set(
    ses: FakeSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARED_CONFIGURATION_SET", "shop-transactional-shared")
    monkeypatch.setenv("GUARD_PAUSES_TRANSACTIONAL", "true")
    count("transactional", send=5_000, complaint=20)
    count("marketing", send=12, complaint=1)

    report = build()()

    assert report.unknown == {}
    assert ses.off == {"ses-stack-transactional", "ses-stack-transactional-shared"}
    (pauses,) = [row for row in rows("SendTable") if row["pk"]["S"] == "PAUSES"]
    assert pauses["transactional"]["M"]["by"] == {"S": "guard"}
    assert "marketing" not in pauses
    assert values(report, "transactional")["StreamPaused"] == 1


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALERT_TOPIC_ARN")
    with pytest.raises(ConfigurationError, match="ALERT_TOPIC_ARN"):
        build()
