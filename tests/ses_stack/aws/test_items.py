"""Items in DynamoDB's wire form, written and read."""

from __future__ import annotations

from ses_stack.aws.items import Item, map_of, number_attributes, number_of, text_attributes, text_of

ITEM: Item = {"status": {"S": "sent"}, "claim": {"N": "0"}, "tags": {"M": {"campaign": {"S": "winter"}}}}


def test_texts_are_strings_and_empty_ones_are_omitted() -> None:
    assert text_attributes({"status": "sent", "reason": None, "stream": ""}) == {"status": {"S": "sent"}}


def test_numbers_are_decimal_text_and_a_zero_is_kept() -> None:
    assert number_attributes({"claim": 0, "version": 12, "expires_at": None}) == {
        "claim": {"N": "0"},
        "version": {"N": "12"},
    }


def test_attributes_are_read_by_their_type() -> None:
    assert text_of(ITEM, "status") == "sent"
    assert number_of(ITEM, "claim") == 0
    assert map_of(ITEM, "tags") == {"campaign": {"S": "winter"}}


def test_a_missing_attribute_is_none_or_empty() -> None:
    assert text_of(ITEM, "reason") is None
    assert number_of(ITEM, "version") is None
    assert map_of(ITEM, "suppressed") == {}
