"""Tags and headers of a send request."""

from __future__ import annotations

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.labels import read_headers, read_tags
from ses_stack.requests.request import MAX_HEADERS, MAX_TAGS


def test_tags_may_fill_the_alphabet_and_the_limits_of_ses() -> None:
    tags = {f"t{number}": "a" * 256 for number in range(MAX_TAGS)}

    assert read_tags(tags, "tags") == tags
    assert read_tags({}, "tags") == {}


@pytest.mark.parametrize(
    ("tags", "field", "problem"),
    [
        ({"a": "x.y"}, "tags.a", "is not 1 to 256 ASCII letters, digits, underscores and dashes"),
        ({"a": ""}, "tags.a", "is not 1 to 256"),
        ({"a b": "x"}, "tags", "has a name that is not 1 to 256"),
        ({"Request_ID": "x"}, "tags.Request_ID", "has a name that the sender or SES uses"),
        ({"ses:caller-identity": "x"}, "tags", "has a name that the sender or SES uses"),
        ({f"t{number}": "1" for number in range(MAX_TAGS + 1)}, "tags", "has 50 entries; the limit is 49 besides"),
    ],
)
def test_other_tags_are_refused(tags: object, field: str, problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_tags(tags, "tags")

    assert caught.value.field == field
    assert caught.value.problem.startswith(problem)


def test_headers_may_fill_one_line() -> None:
    headers = {"X-A": "a" * 993, "References": "<1@x.org>"}

    assert read_headers(headers, "headers") == headers


@pytest.mark.parametrize(
    ("headers", "field", "problem"),
    [
        ({"X:A": "1"}, "headers", "has a name that is not a header name"),
        ({"bcc": "b@x.org"}, "headers.bcc", "is a header that the sender or SES writes"),
        ({"Resent-To": "b@x.org"}, "headers.Resent-To", "is a header that the sender or SES writes"),
        ({"ARC-Seal": "1"}, "headers.ARC-Seal", "is a header that the sender or SES writes"),
        ({"X-A": "ü"}, "headers.X-A", "holds a character outside ASCII"),
        ({"X-A": " "}, "headers.X-A", "is empty"),
        ({"X-A": "a" * 994}, "headers.X-A", "is longer than 996 characters with its name"),
        ({"X-A": "1\r\nBcc: b@x.org"}, "headers.X-A", "holds a line break"),
        ({"X-A": "1", "x-a": "2"}, "headers", "names a header twice"),
        ({f"X-{number}": "1" for number in range(MAX_HEADERS + 1)}, "headers", "has 14 entries; the limit is 13"),
    ],
)
def test_other_headers_are_refused(headers: object, field: str, problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_headers(headers, "headers")

    assert caught.value.field == field
    assert caught.value.problem.startswith(problem)
