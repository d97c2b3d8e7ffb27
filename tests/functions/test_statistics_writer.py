"""The statistics writer as Lambda calls it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.support.lambda_world import CONTEXT, FakeSes, logged, new_function, rows
from tests.support.statistics_records import record


def window_event(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Lambda's event of a mapping with a tumbling window.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    """
    window = {"start": "2026-11-24T06:00:00Z", "end": "2026-11-24T06:15:00Z"}
    return {
        "Records": list(records),
        "window": window,
        "state": {},
        "shardId": "shardId-00000001795500000000-12345678",
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    } | more


def test_a_batch_is_counted_and_summed_up_in_the_log(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_function("statistics_writer", log, monkeypatch)
    event = window_event(record(1), record(2), record(3, name="MODIFY"))

    assert app.handler(event, CONTEXT) == {"state": {}, "batchItemFailures": []}
    assert app.handler(event, CONTEXT) == {"state": {}, "batchItemFailures": []}

    first, second = logged(log, "batch")
    assert (first["counted"], first["repeated"], first["ignored"]) == (2, 0, 1)
    assert (second["counted"], second["repeated"], second["ignored"]) == (0, 2, 1)


def test_the_end_of_a_window_moves_the_counts_to_their_rows(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_function("statistics_writer", log, monkeypatch)
    app.handler(window_event(record(1), record(2)), CONTEXT)
    assert [row["pk"]["S"] for row in rows("StatisticsTable")] == ["journals"]

    answer = app.handler(window_event(isFinalInvokeForWindow=True), CONTEXT)

    assert answer == {"state": {}, "batchItemFailures": []}
    counted = {row["pk"]["S"]: row["gmail#send"] for row in rows("StatisticsTable") if "gmail#send" in row}
    assert counted["days#marketing"] == {"N": "2"}


def test_a_batch_that_cannot_be_counted_comes_again(
    ses: FakeSes, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATISTICS_TABLE", "no-such-table")
    app = new_function("statistics_writer", log, monkeypatch)
    first = record(1)

    answer = app.handler(window_event(first, record(2)), CONTEXT)

    assert answer["batchItemFailures"] == [{"itemIdentifier": first["dynamodb"]["SequenceNumber"]}]
    (failure,) = logged(log, "record failed")
    assert "ResourceNotFoundException" in failure["reason"]
