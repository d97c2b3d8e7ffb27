"""The sender's worker is killed at any line, on the deployed stack: nothing is lost, nothing is sent twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.gateway import Call, Gateway, Killed, between, nothing
from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually

pytestmark = pytest.mark.e2e


def test_a_worker_killed_at_any_line_loses_nothing_and_doubles_nothing(stack: Stack) -> None:
    """Between two calls a worker changes only its own memory: so it is killed before each call, and after the last."""
    mail = Mail(stack)
    mail.letters("Priority")
    with (
        between(stack, "SenderFunctionName") as gateway,
        stack.quick_retries("PriorityQueueUrl", seconds=3, receives=20),
    ):
        runs = 0
        while killed_before(runs, mail, gateway):
            runs += 1
    assert runs > 8, "claim, slot, send, settle, defer, dead-letter, and their reads"
    for run in range(runs + 1):
        assert (mail.sent_to(f"kill-{run}-sent"), mail.sent_to(f"kill-{run}-later")) == (1, 1)
    dead = mail.letters("Priority")
    assert {f"kill-{run}-never" for run in range(runs + 1)} == dead.keys()
    assert {reason.partition(":")[0] for reason in dead.values()} == {"NotFoundException"}


def killed_before(number: int, mail: Mail, gateway: Gateway) -> bool:
    """Queues one request to send, one to defer, one to dead-letter; kills the worker before its n-th call.

    Whether the worker made that many calls.
    """
    struck = Countdown(number)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    gateway.strike = struck
    mail.queue_many(
        [
            mail.request(f"kill-{number}-sent"),
            mail.request(f"kill-{number}-later", not_before=soon.isoformat()),
            mail.request(f"kill-{number}-never", template="there-is-none"),
        ]
    )
    mail.becomes(f"kill-{number}-sent", "sent")
    mail.becomes(f"kill-{number}-later", "sent")
    mail.becomes(f"kill-{number}-never", "failed")
    gateway.strike = nothing
    eventually("lane empty", lambda: mail.stack.depth("PriorityQueueUrl") == 0)
    return struck.fell


class Countdown:
    """Kills the worker once, before the call of a number."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.fell = False

    def __call__(self, _: Call) -> Killed | None:
        self.left -= 1
        if self.left >= 0 or self.fell:
            return None
        self.fell = True
        return Killed()
