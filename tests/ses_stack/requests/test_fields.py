"""The readers of single fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ses_stack.errors import RequestError
from ses_stack.mail.mailboxes import Mailbox
from ses_stack.requests.documents import to_document
from ses_stack.requests.validation import validated
from tests.support.requests import FULL, TEMPLATED


def test_data_takes_only_what_json_has() -> None:
    with pytest.raises(RequestError, match=r"^data is of a kind that JSON does not have"):
        validated(TEMPLATED | {"data": {"a": datetime.now(UTC)}})
    with pytest.raises(RequestError, match=r"^data holds a number of more than 300 digits"):
        validated(TEMPLATED | {"data": {"a": 10**5000}})
    with pytest.raises(RequestError, match=r"^data has a name that is not a string"):
        validated(TEMPLATED | {"data": {"a": {1: 2}}})


def test_times_are_held_in_utc_to_the_millisecond() -> None:
    request = validated(FULL | {"expires_at": "2027-05-01T08:00:00.123456789Z"})

    assert request.not_before == datetime(2027, 5, 1, 8, tzinfo=UTC)
    assert to_document(request)["expires_at"] == "2027-05-01T08:00:00.123Z"


def test_addresses_are_kept_as_ses_takes_them() -> None:
    request = validated(FULL)

    assert request.to[1] == Mailbox("c@xn--mnchen-3ya.de", "Cä")
    assert [each.address for each in request.recipients] == ["b@x.org", "c@xn--mnchen-3ya.de", "d@x.org", "e@x.org"]
