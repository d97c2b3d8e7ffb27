"""The headers with which a reader gets off the list."""

from __future__ import annotations

from ses_stack.sending.unsubscribe import Unsubscribe

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
