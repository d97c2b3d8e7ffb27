"""Requests as messages for the lanes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.lane_messages import group_of
from ses_stack.requests.request import LONGEST_WAIT_SECONDS
from ses_stack.requests.validation import validated
from tests.support.lanes import MAIL, NOW, lane_messages
from tests.support.requests import FULL, PLAIN


def test_a_request_becomes_a_message_for_its_lane() -> None:
    (message,) = lane_messages(MAIL)

    assert (message.index, message.request_id, message.lane, message.group) == (7, "made-1", "bulk", "marketing")
    assert json.loads(message.body) == MAIL | {"v": 1, "request_id": "made-1", "to": ["b@x.org"]}


def test_urgent_mail_takes_the_priority_lane() -> None:
    (message,) = lane_messages(MAIL | {"stream": "transactional", "tenant": "acme"})

    assert (message.lane, message.group) == ("priority", "acme")


def test_each_recipient_gets_a_message_of_its_own() -> None:
    first, second = lane_messages(MAIL | {"request_id": "r", "to": ["b@x.org", "c@x.org"]})

    assert (first.recipients, second.recipients) == (("b@x.org",), ("c@x.org",))
    assert [message.request_id for message in (first, second)] == [
        message.request_id for message in lane_messages(MAIL | {"request_id": "r", "to": ["b@x.org", "c@x.org"]})
    ]


def test_one_message_keeps_the_recipients_together() -> None:
    (message,) = lane_messages(MAIL | {"to": ["b@x.org"], "cc": "c@x.org", "bcc": ["d@x.org"]}, one_message=True)

    assert message.recipients == ("b@x.org", "c@x.org", "d@x.org")
    assert json.loads(message.body)["bcc"] == ["d@x.org"]


@pytest.mark.parametrize("moment", [NOW, NOW - timedelta(days=1)])
def test_what_has_expired_is_refused(moment: datetime) -> None:
    with pytest.raises(RequestError, match=r"^expires_at is in the past"):
        lane_messages(MAIL | {"expires_at": moment})


def test_not_before_may_be_14_days_ahead_at_most() -> None:
    lane_messages(MAIL | {"not_before": NOW + timedelta(seconds=LONGEST_WAIT_SECONDS)})
    with pytest.raises(RequestError, match=r"^not_before is more than 14 days ahead"):
        lane_messages(MAIL | {"not_before": NOW + timedelta(seconds=LONGEST_WAIT_SECONDS) + timedelta(seconds=1)})


def test_characters_that_sqs_refuses_are_escaped() -> None:
    (message,) = lane_messages(MAIL | {"text": "ä \ufffe \uffff \x0b"})

    assert message.body.isascii()
    assert json.loads(message.body)["text"] == "ä \ufffe \uffff \x0b"


def test_the_message_group_is_the_tenant_or_the_stream() -> None:
    assert group_of(validated(PLAIN)) == "marketing"
    assert group_of(validated(FULL)) == "acme"
