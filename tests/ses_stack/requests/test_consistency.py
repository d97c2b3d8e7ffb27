"""Rules that concern several fields of a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox, mailbox
from ses_stack.requests.consistency import check_consistency
from ses_stack.requests.request import MAX_MESSAGE_BYTES, Attachment, SendRequest

NOON = datetime(2027, 5, 1, 12, tzinfo=UTC)
ANN, BOB = Mailbox("ann@x.org"), Mailbox("bob@x.org")
REQUEST = SendRequest(request_id="r", stream="marketing", from_=ANN, to=(BOB,), subject="S", text="T")
# The largest attachment that fits in base64 with its line breaks, beside some 10 KB for the rest of the message.
LARGEST = (MAX_MESSAGE_BYTES - 10_000) // 78 * 57


def stored(size: int) -> Attachment:
    return Attachment(filename="a", bucket="b", key="k", size=size)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"to": (), "bcc": (BOB,)},
        {"text": None, "html": "<p>"},
        {"subject": None, "text": None, "template": "t", "data": {"a": 1}},
        {"not_before": NOON, "expires_at": NOON + timedelta(milliseconds=1)},
        {"attachments": (stored(LARGEST),)},
    ],
)
def test_consistent_requests_pass(changes: dict[str, Any]) -> None:
    check_consistency(replace(REQUEST, **changes))


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"to": ()}, "to", "names no recipient"),
        (
            {"to": tuple(Mailbox(f"{number}@x.org") for number in range(49)), "cc": (ANN, BOB)},
            "to",
            "names 51 recipients with cc and bcc; SES takes 50",
        ),
        ({"cc": (Mailbox("BOB@x.org"),)}, "cc[0]", "is the same address as to[0]"),
        ({"to": (mailbox("a@münchen.de"), mailbox("A@XN--mnchen-3ya.de."))}, "to[1]", "is the same address as to[0]"),
        ({"to": (ANN, BOB, ANN)}, "to[2]", "is the same address as to[0]"),
        ({"template": "t"}, "subject", "cannot be combined with template"),
        ({"template": "t", "subject": None}, "text", "cannot be combined with template"),
        ({"data": {"a": 1}}, "data", "needs a template"),
        ({"subject": None}, "subject", "is missing, and there is no template"),
        ({"text": None}, "text", "is missing, and so are html and template"),
        ({"not_before": NOON, "expires_at": NOON}, "expires_at", "is not after not_before"),
        ({"attachments": (stored(LARGEST + 1000),)}, "attachments", "makes a message of 40000"),
        (
            {"attachments": (stored(LARGEST // 2), stored(LARGEST // 2 + 1000))},
            "attachments",
            "makes a message of 4000",
        ),
        ({"html": "a" * 31_000_000}, "html", "makes a message of 42"),
        ({"text": "a" * 31_000_000}, "text", "makes a message of 42"),
        # It has 31 MB as it is, and 42 MB as it is encoded.
        ({"text": "a" * 15_000_000, "html": "ü" * 8_000_000}, "text", "makes a message of 42"),
    ],
)
def test_the_first_broken_rule_is_named(changes: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_consistency(replace(REQUEST, **changes))

    assert caught.value.field == field
    assert caught.value.problem.startswith(problem)
