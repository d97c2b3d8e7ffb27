"""The headers with which a reader gets off the list."""

from __future__ import annotations

import re

from ses_stack.sending.unsubscribe import Unsubscribe
from tests.template.document import TEMPLATE

URL = "https://x.example/u?r={recipient}&t={topic}&s={stream}&i={request_id}"


def headers(unsubscribe: Unsubscribe, stream: str = "marketing") -> dict[str, str]:
    return dict(unsubscribe.headers(stream=stream, recipient="a+b@example.com", topic="offers", request_id="r1"))


def test_marketing_mail_has_a_link_for_one_click() -> None:
    assert headers(Unsubscribe(url=URL)) == {
        "List-Unsubscribe": "<https://x.example/u?r=a%2Bb%40example.com&t=offers&s=marketing&i=r1>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_other_mail_has_none_and_where_ses_keeps_the_list_it_writes_them() -> None:
    assert headers(Unsubscribe(url=URL), "transactional") == {}
    assert headers(Unsubscribe()) == {}
    assert headers(Unsubscribe(url=URL, contact_list="news")) == {}


def test_the_longest_address_of_the_template_fits_the_header_for_every_message() -> None:
    # SES takes 996 characters of name and value together.
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
    parameter = TEMPLATE["Parameters"]["UnsubscribeUrl"]
    placeholders = "{recipient}{topic}{stream}{request_id}"
    longest = f"https://{'a' * (310 - len(placeholders))}{placeholders}"
    assert re.fullmatch(parameter["AllowedPattern"], longest)
    assert not re.fullmatch(parameter["AllowedPattern"], f"{longest}a")

    worst = Unsubscribe(url=longest).headers(
        stream="marketing",
        recipient=f"{'!' * 64}@{'a' * 253}",
        topic="t" * 64,
        request_id="r" * 128,
    )

    assert all(len(name) + len(value) <= 996 for name, value in worst.items())
