"""The guard's price a month: what each run reads and writes, its metrics, its log and its time.

The real guard runs over a store that counts as DynamoDB charges (`_counting_store`), on a stack that sends all day: all
providers and counters in every row, the journals of four shards as full as they get, mail in both lanes and in every
second. Prices are those of `_prices`. A run's time is its processor time, measured here and stretched to the share of a
processor that 512 MB have, and 20 ms for each call. `--write` keeps the counts in `guard_counts.json`, from which
docs/cost.md and docs/guard.md have their prices.
"""

from __future__ import annotations

import json
import os
import sys
import time
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import boto3
from moto import mock_aws

from benchmarks._counting_store import CountingStore
from benchmarks._guard_arithmetic import COUNTS_FILE, GuardCounts, month_of, stored_counts
from benchmarks.harness import Result, Target, run
from ses_stack.aws.json_api import Answer
from ses_stack.guard.adapters.account import GuardedSes
from ses_stack.guard.adapters.history import HistoryEvidence
from ses_stack.guard.adapters.lanes import GuardedQueues
from ses_stack.guard.adapters.store import GuardTable
from ses_stack.guard.policy import GuardPolicy
from ses_stack.guard.ports import GuardTools
from ses_stack.guard.watch import watch
from ses_stack.history.keys import feed_partitions
from ses_stack.mail.addresses import OTHER_PROVIDER, PROVIDERS
from ses_stack.mail.streams import STREAMS, configuration_set_of
from ses_stack.mail.times import utc_milliseconds
from ses_stack.sending.adapters.rows import rate_key
from ses_stack.sending.adapters.table import SendTable
from ses_stack.statistics.adapters.reader import StatisticsReader
from ses_stack.statistics.adapters.rows import counter_name, counters_key, journal_attributes, journal_key
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain, bucket_at
from ses_stack.statistics.journal import MOST_COUNTS, CountKey, Journal
from tests.support.tables import create_table

TARGETS: Mapping[str, Target] = {
    "dollars_per_month": ("<=", 12),
    "metrics": ("<=", 30),
    # The prices in docs/cost.md and docs/guard.md follow from the stored counts.
    "difference_from_stored_counts": ("<=", 0.05),
}
STACK = "ses-stack"
_RUNS = 3
_SHARDS = 4
_PROVIDERS = (*sorted(PROVIDERS), OTHER_PROVIDER)
_CALL_SECONDS = 0.02
# Of a processor, at 512 MB: a whole one has 1,769. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_PROCESSOR_SHARE = 512 / 1_769
# Lambda's own lines: START, END and REPORT.
_LAMBDA_LOG_BYTES = 400
_KEPT = {Grain.FIVE_MINUTES: 14, Grain.HOURS: 26, Grain.DAYS: 5}


@dataclass(slots=True)
class ScriptedCalls:
    """SES, SQS or CloudWatch: gives the same answer to every call, and counts the calls."""

    document: Mapping[str, Any]
    made: int = 0

    def calls(self, _operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer]:  # noqa: ARG002
        for _ in bodies:
            self.made += 1
            yield Answer(200, dict(self.document))

    def call(self, _operation: str, _parameters: Mapping[str, Any]) -> Answer:
        self.made += 1
        return Answer(200, dict(self.document))


class TimedStore(CountingStore):
    """A counting store that knows the processor time which it took itself: the guard does not pay for it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def _carry_out(self, operation: str, body: bytes) -> Answer:
        start = time.process_time()
        try:
            return super()._carry_out(operation, body)
        finally:
            self.seconds += time.process_time() - start


def counted_runs() -> GuardCounts:
    """Runs the guard on a busy stack."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        for table in ("SendTable", "StatisticsTable", "EventTable"):
            create_table(table)
        moment = datetime.now(UTC)
        _fill(moment)
        return _counted(moment)


def measure(*, keep: bool = False) -> Result:
    counts = counted_runs()
    month = month_of(counts)
    if keep:
        COUNTS_FILE.write_text(json.dumps(asdict(counts), indent=1) + "\n")
    figures = {
        "dollars_per_month": sum(month.values()),
        "metrics": float(counts.metrics),
        "read_units_per_run": counts.read_units,
        "seconds_per_run": counts.seconds,
        "difference_from_stored_counts": abs(sum(month.values()) / sum(month_of(stored_counts()).values()) - 1),
    }
    figures |= {f"dollars {part}": dollars for part, dollars in month.items()}
    return Result("guard", {name: round(value, 3) for name, value in figures.items()}, TARGETS)


def _fill(moment: datetime) -> None:
    """The rows of a stack that sends all day."""
    client = boto3.client("dynamodb")
    counters = {counter_name(provider, counter): {"N": "123456"} for provider in _PROVIDERS for counter in Counter}
    for stream in STREAMS:
        for grain, buckets in _KEPT.items():
            for number in range(buckets):
                key = counters_key(CounterRow(grain, bucket_at(grain, moment - number * grain.length), stream, ""))
                client.put_item(TableName="StatisticsTable", Item=key | counters)
    _fill_journals(client, moment)
    _fill_sending(client, moment)
    event = {"message_id": "m", "event_key": f"{utc_milliseconds(moment)}#send#0", "type": "send"}
    event["feed"] = feed_partitions(bucket_at(Grain.HOURS, moment))[-1]
    client.put_item(TableName="EventTable", Item={name: {"S": text} for name, text in event.items()})


def _fill_journals(client: Any, moment: datetime) -> None:
    """The journals of all shards, as full as they get."""
    journal = Journal(version=1, last="1" * 38, counts=_journal_counts(moment), since=int(moment.timestamp()))
    for shard in range(_SHARDS):
        item = journal_key(f"shardId-{shard:020}-12345678") | journal_attributes(journal)
        item["counts"] = {"B": b64decode(item["counts"]["B"])}
        client.put_item(TableName="StatisticsTable", Item=item)


def _fill_sending(client: Any, moment: datetime) -> None:
    """What the workers counted in each second, before and after."""
    for second in range(int(moment.timestamp()) - 70, int(moment.timestamp()) + 60 * _RUNS):
        row = {"taken": 14, "priority": 4, "bulk": 10, "accepted_priority": 4, "accepted_bulk": 10, "deferrals": 3}
        numbers = {name: {"N": str(number)} for name, number in row.items()}
        client.put_item(TableName="SendTable", Item={"pk": {"S": rate_key(second)}, **numbers})


def _journal_counts(moment: datetime) -> dict[CountKey, int]:
    """As many counts as a journal holds before they move to the rows."""
    minutes = bucket_at(Grain.FIVE_MINUTES, moment)
    keys = (
        CountKey(minutes, stream, f"campaign-{number}" if number else "", provider, counter)
        for number in range(100)
        for stream in STREAMS
        for provider in _PROVIDERS
        for counter in Counter
    )
    return dict.fromkeys(islice(keys, MOST_COUNTS), 12_345)


class BusyStack:
    """The guard's surroundings: the tables, and services that always give the same answer."""

    def __init__(self) -> None:
        quota = {"SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 1_000.0}}
        self.store = TimedStore()
        self.ses = ScriptedCalls(quota)
        self.sqs = ScriptedCalls({"Attributes": {"ApproximateNumberOfMessages": "5"}})
        self.cloudwatch = ScriptedCalls({"Datapoints": [{"Timestamp": 1, "Maximum": 60.0}]})

    @property
    def calls(self) -> int:
        """All calls so far."""
        return len(self.store.made) + self.ses.made + self.sqs.made + self.cloudwatch.made

    def forget(self) -> None:
        """Forgets what was counted."""
        self.store.reads.clear()
        self.store.writes.clear()
        self.store.made.clear()
        self.store.seconds = 0.0
        self.ses.made = self.sqs.made = self.cloudwatch.made = 0

    def tools(self, moments: Iterator[datetime]) -> GuardTools:
        """The guard's collaborators. Each run takes the next moment."""
        return GuardTools(
            stack=STACK,
            configuration_sets={stream: (configuration_set_of(stream, STACK),) for stream in STREAMS},
            counters=StatisticsReader(self.store, name="StatisticsTable"),
            account=GuardedSes(self.ses),
            store=GuardTable(SendTable(self.store, name="SendTable")),
            history=HistoryEvidence(self.store, name="EventTable"),
            lanes=GuardedQueues(self.sqs, self.cloudwatch, ("https://sqs/1/priority", "https://sqs/1/bulk")),
            notify=lambda _: None,
            now=lambda: next(moments),
        )


def _counted(moment: datetime) -> GuardCounts:
    """Runs the guard once to make its memory, then three times."""
    stack, policy = BusyStack(), GuardPolicy(bounce_rate=1, complaint_rate=1)
    tools = stack.tools(iter([moment + timedelta(minutes=number) for number in range(_RUNS + 1)]))
    watch(tools, policy)
    stack.forget()
    processor = time.process_time()
    reports = [watch(tools, policy) for _ in range(_RUNS)]
    processor = time.process_time() - processor - stack.store.seconds
    if any(report.unknown or report.actions for report in reports):
        raise SystemExit(f"the guard's runs were not quiet: {reports[0].unknown} {reports[0].actions}")
    metrics = reports[0].metrics
    return GuardCounts(
        read_units=sum(stack.store.reads.values()) / _RUNS,
        write_units=sum(stack.store.writes.values()) / _RUNS,
        metrics=sum(len(line["_aws"]["CloudWatchMetrics"][0]["Metrics"]) for line in metrics),
        log_bytes=sum(len(json.dumps(line)) for line in metrics) + _LAMBDA_LOG_BYTES,
        metric_requests=stack.cloudwatch.made / _RUNS,
        sqs_requests=stack.sqs.made / _RUNS,
        seconds=(stack.calls * _CALL_SECONDS + processor / _PROCESSOR_SHARE) / _RUNS,
    )


if __name__ == "__main__":
    run(partial(measure, keep="--write" in sys.argv), [each for each in sys.argv[1:] if each != "--write"])
