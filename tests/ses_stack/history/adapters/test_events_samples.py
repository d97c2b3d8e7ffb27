"""The files in `events/`, and SES's own examples where the machine has them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from ses_stack.errors import FieldError
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.events import RecipientEvent
from ses_stack.mail.event_types import EventType
from tests.support.paths import ROOT
from tests.support.payloads import DETAIL_TYPES

EVENTS = ROOT / "events"
TEN = sorted(set(EventType) - {EventType.UNKNOWN})
# SES's published examples and captures, in a folder beside the repository. They are not part of it.
PUBLISHED = sorted((ROOT.parent / "shared" / "ses-samples").glob("*/*.json"))


def records(name: str) -> list[dict[str, Any]]:
    document = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return list(document["Records"])


def parsed(text: str) -> list[RecipientEvent]:
    record = ses_events.parse(text, stack="ses-stack")
    if record.unreadable:
        raise record.unreadable
    return list(record.events)


@pytest.mark.parametrize("kind", TEN)
def test_each_type_has_a_file(kind: EventType) -> None:
    (record,) = records(kind.value)

    (event,) = parsed(record["body"])

    assert event.type is kind
    assert event.recipient is not None
    assert event.recipient.endswith("@example.org")


@pytest.mark.parametrize("name", [*(kind.value for kind in TEN), "mixed_batch", "multi_recipient_bounce", "poison"])
def test_files_are_as_lambda_passes_them(name: str) -> None:
    for record in records(name):
        envelope = json.loads(record["body"])
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", envelope["region"])
        assert record["messageId"]
        assert record["receiptHandle"]
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert record["eventSourceARN"].startswith("arn:aws:sqs:eu-west-1:123456789012:")
        assert envelope["source"] == "aws.ses"
        assert envelope["detail-type"] == DETAIL_TYPES[envelope["detail"]["eventType"]]


def test_the_mixed_batch_has_all_ten() -> None:
    batch = records("mixed_batch")

    assert sorted(event.type for record in batch for event in parsed(record["body"])) == TEN
    assert len({record["messageId"] for record in batch}) == 10


def test_the_bounce_of_several_recipients() -> None:
    (record,) = records("multi_recipient_bounce")

    assert [event.recipient for event in parsed(record["body"])] == [
        "anna.team@example.org",
        "ben.team@example.org",
        "carla.team@example.org",
    ]


def test_the_poison_is_poisonous() -> None:
    (record,) = records("poison")

    with pytest.raises(FieldError, match=r"^mail\.messageId is missing$"):
        parsed(record["body"])


def test_published_examples_conform() -> None:
    for path in PUBLISHED:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text)
        record = document.get("detail", document)

        events = parsed(text)

        assert events, path
        for event in events:
            assert event.type is EventType.from_name(record["eventType"]) is not EventType.UNKNOWN, path
            assert event.message_id == record["mail"]["messageId"], path
            assert event.recipient in [address.lower() for address in record["mail"]["destination"]], path
            assert event.raw == text, path
