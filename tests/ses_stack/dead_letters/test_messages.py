"""Dead letters: messages of a dead-letter queue."""

from __future__ import annotations

from ses_stack.dead_letters.messages import QueueDepth
from tests.support.dead_letter_fakes import attributes, letter


def test_the_size_of_a_letter_counts_its_attributes() -> None:
    named = {"a": {"DataType": "String", "StringValue": "é"}, "b": {"DataType": "Binary", "BinaryValue": b"123"}}
    assert letter(1, "xé", attributes=named).size() == 3 + (1 + 6 + 2) + (1 + 6 + 3)


def test_an_attribute_is_read_as_text() -> None:
    message = letter(1, attributes=attributes(reason="no template"))
    assert (message.attribute("reason"), message.attribute("other")) == ("no template", None)


def test_the_depth_counts_hidden_messages() -> None:
    assert QueueDepth(visible=3, invisible=2).total == 5
