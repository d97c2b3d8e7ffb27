"""Metric lines, in CloudWatch's embedded metric format."""

from __future__ import annotations

import json

import pytest

from ses_stack.guard.metrics import UNITS, Metric, MetricLine


@pytest.mark.parametrize(("stream", "dimensions"), [(None, ["Stack"]), ("marketing", ["Stack", "Stream"])])
def test_a_line_names_its_metrics_and_has_a_value_for_each(stream: str | None, dimensions: list[str]) -> None:
    line = MetricLine({Metric.SENDS: 5, Metric.COMPLAINT_RATE: 0.1}, stream)
    document = json.loads(json.dumps(line.document(stack="s", now=1.5)))

    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert document["_aws"]["Timestamp"] == 1500
    assert (directive["Namespace"], directive["Dimensions"]) == ("SesStack", [dimensions])
    assert directive["Metrics"] == [
        {"Name": "Sends", "Unit": "Count"},
        {"Name": "ComplaintRate", "Unit": "Percent"},
    ]
    assert (document["Sends"], document["ComplaintRate"], document["Stack"]) == (5, 0.1, "s")
    assert document.get("Stream") == stream


def test_every_unit_is_one_that_cloudwatch_knows() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
    assert set(UNITS) == set(Metric)
    assert set(UNITS.values()) <= {"Percent", "Count", "Count/Second", "Seconds", "None"}
