"""Suppressions as JSON and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ses_stack.suppression.facts import Reason, Source
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.suppression.documents import line_document, mail_of, sentence

LINE = Suppression(
    recipient="ann@example.org",
    scope="*",
    reason=Reason.BOUNCE,
    subtype="NoEmail",
    event_time="2026-11-24T06:10:03.001Z",
    source=Source.EVENT,
    message_id="m1",
    as_spelled="Ann@Example.org",
)


def test_a_line_as_json() -> None:
    assert line_document(LINE) == {
        "address": "Ann@Example.org",
        "recipient": "ann@example.org",
        "scope": "*",
        "reason": "bounce",
        "subtype": "NoEmail",
        "event_time": "2026-11-24T06:10:03.001Z",
        "source": "event",
        "message_id": "m1",
        "expires_at": None,
    }
    assert line_document(replace(LINE, expires_at=1_795_500_600))["expires_at"] == "2026-11-24T06:10:00Z"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            LINE,
            "suppressed from all mail: a bounce (NoEmail) of 2026-11-24T06:10:03.001Z, message m1; until it is lifted",
        ),
        (
            replace(LINE, scope="marketing", reason=Reason.UNSUBSCRIBE, subtype=None, message_id=None),
            "suppressed from marketing: an unsubscription of 2026-11-24T06:10:03.001Z; until it is lifted",
        ),
        (
            replace(LINE, reason=Reason.SOFT_BOUNCE, subtype=None, expires_at=1_795_500_600),
            "suppressed from all mail: soft bounces, the last of 2026-11-24T06:10:03.001Z, message m1; "
            "until 2026-11-24T06:10:00Z",
        ),
    ],
)
def test_a_line_in_words(line: Suppression, words: str) -> None:
    assert sentence(line) == words


def test_a_scope_in_words() -> None:
    assert (mail_of("*"), mail_of("topic:news")) == ("all mail", "topic:news")
