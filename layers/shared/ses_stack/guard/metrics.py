"""The guard's metrics, as CloudWatch reads them from log lines: the embedded metric format.

A line has one value for each dimension, so the account has a line, and so has each stream. A value that is not known is
left out: an alarm then has missing data, not a wrong number.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NAMESPACE = "SesStack"


class Metric(StrEnum):
    """The names of the metrics."""

    QUOTA_USED = "QuotaUsed"
    MAX_SEND_RATE = "MaxSendRate"
    ENFORCEMENT_STATUS = "EnforcementStatus"
    SENDING_ENABLED = "SendingEnabled"
    SUPPRESSED_BY_SES = "SuppressedBySes"
    SENDER_DEFERRALS = "SenderDeferrals"
    SENDER_THROTTLES = "SenderThrottles"
    OLDEST_REQUEST_AGE = "OldestRequestAge"
    EVENTS_SILENT = "EventsSilent"
    SECONDS_SINCE_LAST_SEND = "SecondsSinceLastSend"
    GUARD_RUNS = "GuardRuns"
    HARD_BOUNCE_RATE = "HardBounceRate"
    COMPLAINT_RATE = "ComplaintRate"
    SENDS = "Sends"
    STREAM_PAUSED = "StreamPaused"


OF_STREAM = frozenset({Metric.HARD_BOUNCE_RATE, Metric.COMPLAINT_RATE, Metric.SENDS, Metric.STREAM_PAUSED})
UNITS: Mapping[Metric, str] = {
    Metric.QUOTA_USED: "Percent",
    Metric.MAX_SEND_RATE: "Count/Second",
    Metric.ENFORCEMENT_STATUS: "None",
    Metric.SENDING_ENABLED: "None",
    Metric.SUPPRESSED_BY_SES: "Count",
    Metric.SENDER_DEFERRALS: "Count",
    Metric.SENDER_THROTTLES: "Count",
    Metric.OLDEST_REQUEST_AGE: "Seconds",
    Metric.EVENTS_SILENT: "None",
    Metric.SECONDS_SINCE_LAST_SEND: "Seconds",
    Metric.GUARD_RUNS: "Count",
    Metric.HARD_BOUNCE_RATE: "Percent",
    Metric.COMPLAINT_RATE: "Percent",
    Metric.SENDS: "Count",
    Metric.STREAM_PAUSED: "None",
}


@dataclass(frozen=True, slots=True)
class MetricLine:
    """The known values of the account's metrics, or of a stream's."""

    values: Mapping[Metric, float]
    stream: str | None = None

    def document(self, *, stack: str, now: float) -> dict[str, Any]:
        """The log line, as a JSON object."""
        dimensions = {"Stack": stack} | ({"Stream": self.stream} if self.stream else {})
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": metric.value, "Unit": UNITS[metric]} for metric in self.values],
        }
        return {
            "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
            **dimensions,
            **{metric.value: value for metric, value in self.values.items()},
        }
