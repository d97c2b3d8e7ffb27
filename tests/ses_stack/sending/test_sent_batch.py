"""The outcome of a batch, as Lambda and the log see it."""

from __future__ import annotations

from ses_stack.sending.sent_batch import Notice, SentBatch


def test_only_outcomes_with_a_reason_become_notices() -> None:
    batch = SentBatch()
    batch.note("sent", "r1")
    batch.note("sent", "r2")
    batch.note("failed", "r3", "MessageRejected")
    assert batch.outcomes == {"sent": 2, "failed": 1}
    assert batch.notices == [Notice("r3", "failed", "MessageRejected")]


def test_lambda_keeps_the_records_that_stay_in_the_queue() -> None:
    batch = SentBatch(left_in_queue={"m2", "m1"})
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert SentBatch().response() == {"batchItemFailures": []}
