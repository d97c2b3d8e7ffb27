"""Events of all types, each delivered several times and in no order, through both functions of events.

`make attack`: 1,000 events, delivered 2,515 times.
"""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

import pytest

from tests.support import payloads
from tests.support.attack import SIZE
from tests.support.lambda_world import CONTEXT, in_lambda, new_function, rows

MESSAGES, MALFORMED, DELIVERIES = 19 * SIZE, 10 * SIZE, 503 * SIZE
FUNCTIONS = {"normalizer": "EventTable", "suppression_writer": "SuppressionTable"}
OF_HISTORY_ALONE = ("Send", "Reject", "Open", "Click", "Rendering Failure", "DeliveryDelay")
# Rows say when they were written, how often, and in which write.
WRITTEN = {"changed_at", "version"}


def events() -> Iterator[payloads.Json]:
    """Every type once for each message, to people in turn; bounces of all kinds, out-of-office replies too."""
    chance = random.Random(9)
    for number in range(MESSAGES):
        to, moment = (
            f"p{number % (8 * SIZE)}@example.org",
            f"2026-11-{1 + number % 24:02}T0{number % 10}:00:00.{number:03}Z",
        )
        for kind, make in sorted(payloads.EVERY.items()):
            record = make(mail={"messageId": f"m-{number:03}", "destination": [to]})
            for content in record.values():
                if isinstance(content, dict) and "timestamp" in content:
                    content["timestamp"] = moment
            match kind:
                case "bounce":
                    record["bounce"] |= {"feedbackId": f"b-{number}"} | chance.choice(bounces(to))
                case "complaint":
                    record["complaint"] |= {"feedbackId": f"c-{number}", "complainedRecipients": [{"emailAddress": to}]}
                case "delivery":
                    record["delivery"]["recipients"] = [to]
                case "delivery_delay":
                    record["deliveryDelay"]["delayedRecipients"] = [payloads.delayed(to)]
            yield record


def bounces(to: str) -> list[payloads.Json]:
    soft, out_of_office = payloads.bounced(to, status="4.2.2"), {"emailAddress": to}
    return [
        {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [payloads.bounced(to)]},
        {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [soft]},
        {"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": [soft]},
        {"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": [out_of_office]},
    ]


def malformed() -> Iterator[str]:
    """Bodies that both functions refuse."""
    for number in range(MALFORMED):
        record = payloads.bounce(mail={"messageId": f"bad-{number}"}, feedbackId=f"bad-{number}")
        match number % 5:
            case 0:
                del record["mail"]["messageId"]
            case 1:
                record["eventType"] = number
            case 2:
                record["mail"] = [number]
            case 3:
                record["bounce"]["bouncedRecipients"] = number
        yield payloads.body(record) if number % 5 < 4 else f"Successfully validated SNS topic {number}"


def handled(function: str, bodies: Sequence[str]) -> tuple[list[Any], Counter[str]]:
    """A function's rows after all bodies that its rule lets through, and how often it refused each."""
    refused: Counter[str] = Counter()
    if function == "suppression_writer":
        bodies = [body for body in bodies if not any(f'"eventType":"{kind}"' in body for kind in OF_HISTORY_ALONE)]
    with pytest.MonkeyPatch.context() as monkeypatch, in_lambda(monkeypatch):
        app = new_function(function, io.StringIO(), monkeypatch)
        for batch in batched(bodies, 100, strict=False):
            records = [{"messageId": str(n), "body": body, "messageAttributes": {}} for n, body in enumerate(batch)]
            for record in records:
                record["attributes"] = {"ApproximateReceiveCount": "1", "SentTimestamp": "1795507200000"}
            answer = app.handler({"Records": records}, CONTEXT)
            refused.update(batch[int(each["itemIdentifier"])] for each in answer["batchItemFailures"])
        return rows(FUNCTIONS[function]), refused


def comparable(found: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps({k: str(v) for k, v in row.items() if k not in WRITTEN}, sort_keys=True) for row in found)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_any_order_and_number_of_copies_gives_the_same_rows(function: str) -> None:
    good = [payloads.body(record) for record in events()]
    bad = list(malformed())
    distinct, chance = good + bad, random.Random(2026)
    assert len(set(distinct)) == 200 * SIZE
    copies = distinct + chance.choices(distinct, k=DELIVERIES - len(distinct))
    chance.shuffle(copies)

    in_order, refused_once = handled(function, distinct)
    in_any_order, refused = handled(function, copies)

    assert refused_once == Counter(bad)
    assert refused == Counter(each for each in copies if each in set(bad))
    if function == "normalizer":
        assert Counter(row["type"]["S"] for row in in_any_order) == dict.fromkeys(payloads.EVERY, MESSAGES)
    assert comparable(in_any_order) == comparable(in_order)
