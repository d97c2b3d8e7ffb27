"""The suppression writer with its real collaborators."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from ses_stack.bootstrap.suppression_writer import build
from ses_stack.errors import ConfigurationError
from ses_stack.history.adapters import events
from ses_stack.history.adapters.table import EventTable
from ses_stack.mail.times import utc_milliseconds
from tests.support.lambda_world import FakeSes, rows, sample
from tests.support.moto_calls import MotoCalls
from tests.support.suppression_world import delivered, enveloped, soft_bounce


def test_a_complaint_reaches_the_suppression_list(ses: FakeSes) -> None:
    batch = build()(sample("complaint"), 30_000)

    assert batch.response() == {"batchItemFailures": []}
    assert {row["recipient"]["S"] for row in rows("SuppressionTable")} == {"rita.novak@example.org"}


def test_the_historys_deliveries_make_soft_bounces_void(ses: FakeSes) -> None:
    now = datetime.now(UTC)
    moments = [utc_milliseconds(now - timedelta(hours=hours)) for hours in (4, 3, 2, 1)]
    history = EventTable(MotoCalls(boto3.client("dynamodb")), name="EventTable", retention_days=90)
    parsed = events.parse(json.dumps(enveloped(delivered(moments[3], "ann@example.org", "m9"))), stack="ses-stack")
    assert history.write(parsed.events, until=time.monotonic() + 9) == {}
    write = build()

    for name in ("ann@example.org", "bob@example.org"):
        records = [soft_bounce(f"{name}-{number}", moment, name) for number, moment in enumerate(moments[:3])]
        bodies = [json.dumps(enveloped(record)) for record in records]
        event = {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}
        assert write(event, 30_000).failed == {}

    listed = {row["recipient"]["S"] for row in rows("SuppressionTable") if row["scope"]["S"] == "*"}
    assert listed == {"bob@example.org"}


def test_a_missing_variable_is_named(ses: FakeSes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPPRESSION_QUEUE_URL")

    with pytest.raises(ConfigurationError, match="SUPPRESSION_QUEUE_URL"):
        build()
