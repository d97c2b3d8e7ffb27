"""The statistics writer with its real collaborators."""

from __future__ import annotations

import pytest

from ses_stack.bootstrap.statistics_writer import build
from ses_stack.errors import ConfigurationError
from tests.support.lambda_world import FakeSes, rows
from tests.support.statistics_records import record


def test_events_are_counted(ses: FakeSes) -> None:
    batch = build()({"Records": [record(1), record(2)], "shardId": "shardId-1"}, 30_000)

    assert (batch.counted, batch.failed) == (2, None)
    assert [row["sk"] for row in rows("StatisticsTable")] == [{"S": "shardId-1"}]


def test_a_batch_without_its_shard_is_refused(ses: FakeSes) -> None:
    with pytest.raises(ConfigurationError, match="TumblingWindowInSeconds"):
        build()({"Records": [record(1)]}, 30_000)


def test_the_local_clouds_stream_has_one_shard(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY_SHARD", "local")

    assert build()({"Records": [record(1)]}, 30_000).counted == 1


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATISTICS_TABLE")

    with pytest.raises(ConfigurationError, match="STATISTICS_TABLE"):
        build()
