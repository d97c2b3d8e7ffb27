"""The send request as a value."""

from __future__ import annotations

from ses_stack.requests.validation import validated
from tests.support.requests import FULL


def test_content_stays_out_of_representations() -> None:
    request = validated(FULL | {"text": "geheim", "html": "geheim"})

    assert "geheim" not in repr(request)
    assert "%PDF" not in repr(request)


def test_an_attachment_weighs_what_is_known_of_it() -> None:
    assert [each.known_bytes for each in validated(FULL).attachments] == [4, 1, 12, 0]
