"""What the stand-in answers: the sender's own adapters read it as the benchmark means it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Iterator

from benchmarks._stand_in_answers import MESSAGE_OF, RATE, answer_to
from ses_stack.aws.json_api import Answer
from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.rows import ledger_entry_of
from ses_stack.sending.adapters.table import SendTable, Statement
from ses_stack.sending.adapters.windows import RateWindows
from ses_stack.sending.limits.rate import SlotRequest, Window
from ses_stack.sending.outcomes.ledger import RequestStatus

SECOND = 1_790_000_000


class StandIn:
    """DynamoDB as the stand-in answers for it."""

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for body in bodies:
            status, text = answer_to(f"x-amz-target: DynamoDB_20120810.{operation}\r\n".encode(), body)
            yield Answer(status, json.loads(text))


def test_slots_are_granted_as_the_rules_of_the_rate_grant_them() -> None:
    """One worker takes the slots of a second in order, and skips those that have passed."""
    windows = RateWindows(lambda: SendTable(StandIn(), name="name"), threads=Threads(1))
    chance = random.Random(7)
    played: dict[int, Window] = {}
    for _ in range(300):
        second, lowest, count = SECOND + chance.randrange(8), chance.randrange(RATE - 10), chance.randint(1, 10)
        asked = SlotRequest(second=second, lane=Lane.PRIORITY, count=count, lowest=lowest, highest=RATE)
        expected = asked.granted(played.get(second))

        granted, window = asyncio.run(windows.take(asked))

        taken = (expected or played.get(second, Window())).taken
        assert (granted, window.taken) == (expected is not None, taken)
        played[second] = Window(taken=taken)


def test_statements_and_reads_find_no_row_in_the_way() -> None:
    table = SendTable(StandIn(), name="name")

    assert table.rows(["a", "b"]) == {}
    assert table.execute([Statement("INSERT", [], lambda: False)] * 3) == [True, True, True]


def test_the_ledger_has_a_row_of_every_request_where_it_is_asked_for() -> None:
    head = b"x-amz-target: DynamoDB_20120810.BatchGetItem\r\n"
    body = b'{"RequestItems": {"sends": {"Keys": [{"pk": {"S": "REQ#r1"}}]}}}'

    (row,) = json.loads(answer_to(head, body, ledger="sent")[1])["Responses"]["sends"]

    entry = ledger_entry_of(row)
    assert (entry.request_id, entry.status, entry.message_id) == ("r1", RequestStatus.SENT, MESSAGE_OF.format("REQ#r1"))
