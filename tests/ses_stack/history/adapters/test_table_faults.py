"""DynamoDB fails: exactly the records with unwritten rows fail, and a second receive completes them.

Parser, use case, writer and HTTP are real; DynamoDB is a server in this process.
"""

from __future__ import annotations

import random
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ses_stack.aws.json_api import Service
from ses_stack.aws.retry import Retrying
from ses_stack.aws.signing import Credentials
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.adapters.rows import PrimaryKey, event_of
from ses_stack.history.adapters.table import EventTable
from ses_stack.history.events import RecipientEvent
from ses_stack.history.keys import event_key
from ses_stack.history.normalize import NormalizedBatch, QueueRecord, normalize
from tests.support import dynamodb_server, payloads
from tests.support.dynamodb_server import Keys, Server, Wrong

PARSE = partial(ses_events.parse, stack="ses-stack")
SECONDS = 20.0


class Worker:
    """A normalizer whose pauses take no time, and a clock that only they move, unless it is another's."""

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        self.dynamodb = Service(
            name="dynamodb",
            target="DynamoDB_20120810",
            endpoint=url,
            region="eu-west-1",
            credentials=lambda: Credentials(key_id="testing", secret="testing"),
        )
        self.pauses: list[float] = []
        self._started = time.monotonic()
        clock = clock or (lambda: self._started + sum(self.pauses))
        retrying = Retrying(clock=clock, sleep=self.pauses.append)
        self.table = EventTable(self.dynamodb, name="events", retention_days=90, retrying=retrying)

    def run(self, records: list[QueueRecord], seconds: float = SECONDS) -> NormalizedBatch:
        return normalize(records, parse=PARSE, writer=self.table, until=self._started + seconds)


@pytest.fixture
def server() -> Iterator[Server]:
    with dynamodb_server.running() as server:
        yield server


@pytest.fixture
def hire() -> Iterator[Callable[..., Worker]]:
    hired: list[Worker] = []

    def worker(url: str, clock: Callable[[], float] | None = None) -> Worker:
        hired.append(Worker(url, clock))
        return hired[-1]

    yield worker
    for each in hired:
        each.dynamodb.close()


@pytest.fixture
def worker(server: Server, hire: Callable[..., Worker]) -> Worker:
    return hire(server.url)


def batch(count: int) -> list[QueueRecord]:
    """Records of one recipient each, `m0` and so on; record n's row is about recipient n."""
    return [
        QueueRecord(f"m{number}", payloads.body(payloads.delivery(recipients=[f"r{number}@example.org"])))
        for number in range(count)
    ]


def rows_of(records: list[QueueRecord]) -> dict[PrimaryKey, RecipientEvent]:
    events = [event for record in records for event in PARSE(record.body).events]
    return {(event.message_id, event_key(event)): event for event in events}


def keys_of(records: list[QueueRecord]) -> set[PrimaryKey]:
    return set(rows_of(records))


def stored(server: Server) -> dict[PrimaryKey, RecipientEvent]:
    return {key: event_of({**item, "raw": {"B": b64decode(item["raw"]["B"])}}) for key, item in server.rows.items()}


def check(
    server: Server, worker: Worker, records: list[QueueRecord], failed: list[QueueRecord], outcome: NormalizedBatch
) -> None:
    """Exactly these failed, all others are stored, and when they come again all are, each written once more at most."""
    assert set(outcome.failed) == {record.id for record in failed}
    assert outcome.stored == len(records) - len(failed)
    assert set(server.rows) >= keys_of(records) - keys_of(failed)
    server.fault = lambda _: None
    server.calls.clear()

    again = worker.run(failed)

    assert again == NormalizedBatch(stored=len(failed))
    assert stored(server) == rows_of(records)
    assert sorted(key for keys in server.calls for key in keys) == sorted(keys_of(failed))


def test_without_faults_each_row_is_written_once_in_calls_of_25(server: Server, worker: Worker) -> None:
    records = batch(60)

    outcome = worker.run(records)

    assert sorted(map(len, server.calls)) == [10, 25, 25]
    check(server, worker, records, [], outcome)


def test_more_calls_than_may_be_under_way(server: Server, worker: Worker) -> None:
    records = batch(25 * 11)

    check(server, worker, records, [], worker.run(records))


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong(400, "ProvisionedThroughputExceededException"),
        Wrong(400, "ThrottlingException"),
        Wrong(400, "RequestLimitExceeded"),
        Wrong(500, "InternalServerError"),
        Wrong(503, "ServiceUnavailable"),
    ],
)
class TestPassingTrouble:
    def test_passes(self, server: Server, worker: Worker, wrong: Wrong) -> None:
        server.fault = lambda _: wrong if len(server.calls) <= 3 else None
        records = batch(10)

        outcome = worker.run(records)

        assert len(worker.pauses) == 3
        assert worker.pauses[2] > worker.pauses[0]
        check(server, worker, records, [], outcome)

    def test_stays(self, server: Server, worker: Worker, wrong: Wrong) -> None:
        server.fault = lambda _: wrong
        records = batch(30)

        outcome = worker.run(records)

        assert set(outcome.failed.values()) == {f"not written: {wrong.code}"}
        assert server.rows == {}
        assert SECONDS - 1 <= sum(worker.pauses) < SECONDS
        check(server, worker, records, records, outcome)

    def test_of_one_call_of_several(self, server: Server, worker: Worker, wrong: Wrong) -> None:
        records = batch(100)
        unlucky = keys_of(records[25:50])
        server.fault = lambda keys: wrong if unlucky & set(keys) else None

        check(server, worker, records, records[25:50], worker.run(records))


class TestUnprocessedItems:
    def test_are_written_by_the_next_call(self, server: Server, worker: Worker) -> None:
        records = batch(30)
        server.fault = lambda keys: Wrong(unprocessed=keys[::3]) if len(server.calls) <= 2 else None

        outcome = worker.run(records)

        assert sorted(map(len, server.calls)) == [5, 11, 25]
        check(server, worker, records, [], outcome)

    def test_that_stay_fail_their_records_only(self, server: Server, worker: Worker) -> None:
        records = batch(30)
        unlucky = keys_of(records[::7])
        server.fault = lambda keys: Wrong(unprocessed=[key for key in keys if key in unlucky])

        outcome = worker.run(records)

        assert set(outcome.failed.values()) == {"not written: unprocessed"}
        check(server, worker, records, records[::7], outcome)


class TestRefusals:
    def test_of_one_row_spare_the_others(self, server: Server, worker: Worker) -> None:
        records = batch(60)
        (bad,) = keys_of(records[30:31])
        server.fault = lambda keys: Wrong(400, "ValidationException") if bad in keys else None

        outcome = worker.run(records)

        assert outcome.failed == {"m30": "not written: ValidationException"}
        assert worker.pauses == []
        check(server, worker, records, records[30:31], outcome)

    def test_of_everything_are_not_repeated(self, server: Server, worker: Worker) -> None:
        server.fault = lambda _: Wrong(400, "AccessDeniedException")
        records = batch(30)

        outcome = worker.run(records)

        assert set(outcome.failed.values()) == {"not written: AccessDeniedException"}
        assert len(server.calls) == 2
        check(server, worker, records, records, outcome)

    def test_and_throttling_together(self, server: Server, worker: Worker) -> None:
        records = batch(50)
        (bad,) = keys_of(records[3:4])
        throttled = keys_of(records[25:])

        def fault(keys: Keys) -> Wrong | None:
            if bad in keys:
                return Wrong(400, "ValidationException")
            return Wrong(400, "ThrottlingException") if throttled & set(keys) else None

        server.fault = fault

        outcome = worker.run(records)

        assert outcome.failed["m3"] == "not written: ValidationException"
        check(server, worker, records, [records[3], *records[25:]], outcome)


class TestNoAnswer:
    def test_after_the_rows_were_written(self, server: Server, worker: Worker) -> None:
        server.fault = lambda _: Wrong(hang_up=True) if len(server.calls) == 1 else None
        records = batch(10)

        check(server, worker, records, [], worker.run(records))

    def test_ever_after_the_rows_were_written(self, server: Server, worker: Worker) -> None:
        server.fault = lambda _: Wrong(hang_up=True)
        records = batch(10)

        outcome = worker.run(records)

        assert set(server.rows) == keys_of(records)  # written, but without an answer the writer cannot know
        check(server, worker, records, records, outcome)

    def test_before_the_deadline(self, server: Server, hire: Callable[..., Worker]) -> None:
        records = batch(75)
        unlucky = keys_of(records[25:50])

        def fault(keys: Keys) -> Wrong | None:
            if unlucky & set(keys) and not server.released.is_set():
                dynamodb_server.slow(server)
                return Wrong(500, "InternalServerError")
            return None

        server.fault = fault

        outcome = hire(server.url, time.monotonic).run(records, seconds=1.0)

        assert set(outcome.failed) == {record.id for record in records[25:50]}
        server.released.set()
        check(server, hire(server.url), records, records[25:50], outcome)

    def test_at_all(self, server: Server, hire: Callable[..., Worker]) -> None:
        nowhere = hire(f"http://127.0.0.1:{closed_port()}")
        records = batch(30)

        outcome = nowhere.run(records)

        assert set(outcome.failed.values()) == {"not written: no answer"}
        check(server, hire(server.url), records, records, outcome)


def closed_port() -> int:
    with dynamodb_server.Server() as server:
        return server.server_port


class TestTime:
    def test_that_is_up_at_once(self, server: Server, worker: Worker) -> None:
        records = batch(10)
        server.fault = lambda _: Wrong(400, "ThrottlingException")

        assert len(worker.run(records, seconds=-1).failed) == 10

    def test_that_is_up_before_rows_are_tried_alone(self, server: Server, worker: Worker) -> None:
        records = batch(10)
        server.fault = lambda _: Wrong(400, "ValidationException")

        outcome = worker.run(records, seconds=0)

        assert len(outcome.failed) == 10
        assert set(outcome.failed.values()) <= {"not written: no time left", "not written: no answer"}


class TestSizes:
    def test_a_row_over_400_kb_fails_alone(self, server: Server, worker: Worker) -> None:
        noise = random.Random(1).randbytes(450_000).hex()
        tags: dict[str, Any] = {"ses:configuration-set": ["x"], "big": [noise]}
        bad = QueueRecord("bad", payloads.body(payloads.send(mail={"tags": tags})))
        records = [*batch(3), bad]

        outcome = worker.run(records)

        assert outcome == NormalizedBatch(stored=3, failed={"bad": "not written: EventTooLargeError"})

    def test_a_large_row_that_compresses_is_weighed_too(self, server: Server, worker: Worker) -> None:
        bad = QueueRecord("bad", payloads.body(payloads.send(mail={"tags": {"big": ["x" * 500_000]}})))

        assert worker.run([bad]).failed == {"bad": "not written: EventTooLargeError"}
        assert server.calls == []

    def test_a_large_event_whose_row_is_not(self, server: Server, worker: Worker) -> None:
        records = [QueueRecord("m1", payloads.body(payloads.opened(userAgent="x" * 1_000_000)))]

        check(server, worker, records, [], worker.run(records))


def test_fifty_recipients_of_which_one_fails(server: Server, worker: Worker) -> None:
    recipients = [payloads.bounced(f"r{number}@example.org") for number in range(50)]
    records = [QueueRecord("many", payloads.body(payloads.bounce(bouncedRecipients=recipients))), *batch(1)]
    bad = sorted(keys_of(records[:1]))[0]
    server.fault = lambda keys: Wrong(unprocessed=[bad]) if bad in keys else None

    outcome = worker.run(records)

    assert outcome == NormalizedBatch(stored=1, failed={"many": "not written: unprocessed"})
    assert len(server.rows) == 50


def test_the_same_event_twice_in_a_batch_is_one_row(server: Server, worker: Worker) -> None:
    (record,) = batch(1)
    records = [record, QueueRecord("again", record.body)]

    outcome = worker.run(records)

    assert outcome == NormalizedBatch(stored=2)
    assert list(map(len, server.calls)) == [1]
