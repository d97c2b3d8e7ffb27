"""Completion knows what the stack has."""

from __future__ import annotations

from ses_stack.dead_letters.queues import dead_letter_queues
from ses_stack_cli.completion import (
    DEAD_LETTER_QUEUES,
    complete_dead_letter_queue,
    complete_event_type,
    complete_scope,
    complete_stream,
)
from tests.template.document import TEMPLATE


def test_the_queues_are_those_of_the_template() -> None:
    outputs = {name: name for name in TEMPLATE["Outputs"]}
    assert sorted(DEAD_LETTER_QUEUES) == sorted(queue.name for queue in dead_letter_queues(outputs))


def test_values_that_begin_with_what_was_typed() -> None:
    assert complete_dead_letter_queue("pr") == ["projector", "priority"]
    assert complete_stream("") == ["transactional", "marketing", "default"]
    assert complete_scope("t") == ["transactional", "topic:"]
    assert complete_event_type("delivery") == ["delivery", "delivery_delay"]
    assert complete_stream("x") == []
