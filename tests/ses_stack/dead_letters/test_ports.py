"""What examining and redriving need of the outside."""

from __future__ import annotations

from ses_stack.dead_letters.adapters import sqs_queue
from ses_stack.dead_letters.ports import MESSAGES_PER_RECEIVE, VISIBILITY_SECONDS


def test_a_batch_is_one_call_of_sqs() -> None:
    assert MESSAGES_PER_RECEIVE == sqs_queue.MESSAGES_PER_CALL


def test_a_batch_stays_hidden_longer_than_a_receive_may_take() -> None:
    assert VISIBILITY_SECONDS > 10 * sqs_queue.LONG_POLL_SECONDS
