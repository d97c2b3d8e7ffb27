"""Unit prices of AWS in us-east-1, in dollars, without free tiers. Each has its page and the day on which it was noted.

The price lists are tables on these pages; other regions cost up to twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOTED_ON = "2026-11-25"
_DYNAMODB_ON_DEMAND = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_DYNAMODB_PROVISIONED = "https://aws.amazon.com/dynamodb/pricing/provisioned/"
_SQS = "https://aws.amazon.com/sqs/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_SES = "https://aws.amazon.com/ses/pricing/"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one `unit`, times `per`; `noted_on` is the day on which it was read on `page`."""

    dollars: float
    unit: str
    page: str
    per: float = 1.0
    noted_on: str = NOTED_ON

    @property
    def each(self) -> float:
        """Dollars for a single unit."""
        return self.dollars / self.per


_MILLION = 1e6
PRICES: Mapping[str, Price] = {
    "write": Price(0.625, "million write units, on demand", _DYNAMODB_ON_DEMAND, _MILLION),
    "read": Price(0.125, "million read units, on demand", _DYNAMODB_ON_DEMAND, _MILLION),
    "write_ia": Price(0.78, "million write units, on demand, Standard-IA", _DYNAMODB_ON_DEMAND, _MILLION),
    "read_ia": Price(0.155, "million read units, on demand, Standard-IA", _DYNAMODB_ON_DEMAND, _MILLION),
    "write_hour": Price(0.00065, "write unit a second for an hour, provisioned", _DYNAMODB_PROVISIONED),
    "read_hour": Price(0.00013, "read unit a second for an hour, provisioned", _DYNAMODB_PROVISIONED),
    "write_hour_ia": Price(0.00081, "write unit a second for an hour, provisioned, Standard-IA", _DYNAMODB_PROVISIONED),
    "read_hour_ia": Price(0.00016, "read unit a second for an hour, provisioned, Standard-IA", _DYNAMODB_PROVISIONED),
    "storage": Price(0.25, "GB of a table for a month", _DYNAMODB_ON_DEMAND),
    "storage_ia": Price(0.10, "GB of a table for a month, Standard-IA", _DYNAMODB_ON_DEMAND),
    "backup": Price(0.20, "GB of a table for a month, point-in-time recovery", _DYNAMODB_ON_DEMAND),
    "sqs_request": Price(0.40, "million requests of at most 64 KB", _SQS, _MILLION),
    "lambda_request": Price(0.20, "million invocations", _LAMBDA, _MILLION),
    "lambda_gb_second": Price(13.3334, "million GB-seconds, arm64", _LAMBDA, _MILLION),
    "log_gb": Price(0.50, "GB of logs taken in", _CLOUDWATCH),
    "log_gb_month": Price(0.03, "GB of logs for a month", _CLOUDWATCH),
    "metric": Price(0.30, "metric of your own for a month, each of the first 10,000", _CLOUDWATCH),
    "metric_request": Price(0.01, "thousand requests of GetMetricStatistics", _CLOUDWATCH, 1e3),
    "alarm": Price(0.10, "alarm for a month", _CLOUDWATCH),
    "ses_message": Price(160.0, "million messages, Essentials plan (accounts opened since 2026-07-21)", _SES, _MILLION),
    "ses_message_older": Price(100.0, "million messages, accounts opened before", _SES, _MILLION),
}
