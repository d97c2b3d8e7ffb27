"""Examining a dead-letter queue: nothing is consumed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ses_stack.dead_letters.examine import examine
from ses_stack.dead_letters.messages import DeadLetterMessage, QueueDepth
from ses_stack.dead_letters.ports import VISIBILITY_SECONDS
from tests.support.dead_letter_fakes import filled, letter, many, read_failure


def test_looking_counts_causes_and_gives_everything_back() -> None:
    _, source, _ = filled(*many(12, "send"), *many(3, "bad", 12), letter(20, "bounce"))
    found = examine(source, read_failure=read_failure, limit=100)
    assert found.complete
    assert found.causes() == [
        ("parses now", Counter({"send": 12, "bounce": 1})),
        ("FieldError: mail is missing", Counter({"-": 3})),
    ]
    assert source.depth() == QueueDepth(visible=16, invisible=0)


def test_looking_is_bounded_and_says_so() -> None:
    _, source, _ = filled(*many(30))
    found = examine(source, read_failure=read_failure, limit=15)
    assert (len(found.messages), found.complete, found.depth.total) == (15, False, 30)
    assert source.depth().invisible == 0


def test_looking_at_an_empty_queue() -> None:
    _, source, _ = filled()
    assert examine(source, read_failure=read_failure, limit=5).complete


def test_looking_ends_even_when_letters_come_back_meanwhile() -> None:
    world, source, _ = filled(*many(25))
    receive = source.receive

    def slowly(limit: int, *, visibility: int) -> list[DeadLetterMessage]:
        world.time += VISIBILITY_SECONDS
        return receive(limit, visibility=visibility)

    source.receive = slowly  # type: ignore[method-assign]
    assert len(examine(source, read_failure=read_failure, limit=100).messages) == 10


def test_letters_that_another_reader_hides_are_known_to_be_missing() -> None:
    _, source, _ = filled(*many(3))
    source.receive(1, visibility=30)
    found = examine(source, read_failure=read_failure, limit=100)
    assert (len(found.messages), found.complete) == (2, False)


def test_an_interrupted_look_gives_everything_back() -> None:
    _, source, _ = filled(*many(25))
    receive = source.receive

    def interrupted(limit: int, *, visibility: int) -> list[DeadLetterMessage]:
        if len(source.hidden_until) >= 20:
            raise KeyboardInterrupt
        return receive(limit, visibility=visibility)

    source.receive = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        examine(source, read_failure=read_failure, limit=100)
    assert source.depth() == QueueDepth(visible=25, invisible=0)


def test_the_oldest_message_gives_the_age_of_a_queue() -> None:
    _, source, _ = filled(letter(1, sent_at=50.0), letter(2, sent_at=20.0))
    assert examine(source, read_failure=read_failure, limit=5).oldest_sent_at() == 20.0
    assert examine(filled()[1], read_failure=read_failure, limit=5).oldest_sent_at() is None


def test_the_records_of_a_table_stream_are_counted_by_cause() -> None:
    _, source, _ = filled(letter(1), letter(2), letter(3, "bad"))
    found = examine(source, read_failure=lambda each: replace(read_failure(each), records=4), limit=5)
    assert (found.records("parses now"), found.records("another")) == (8, 0)
