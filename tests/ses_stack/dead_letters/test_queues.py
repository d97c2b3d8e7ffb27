"""The dead-letter queues of a stack: what each holds, and where its messages go back to."""

from __future__ import annotations

import pytest

from ses_stack.dead_letters.queues import DeadLetterKind, dead_letter_queues, queue_key
from tests.support.dead_letter_fakes import EVENT, OUTPUTS, RULE, SUPPRESSION, attributes, letter


def test_queues_are_found_by_their_outputs() -> None:
    assert [(queue.name, queue.source) for queue in (EVENT, RULE, SUPPRESSION)] == [
        ("event", OUTPUTS["EventQueueUrl"]),
        ("rule", None),
        ("suppression", OUTPUTS["SuppressionQueueUrl"]),
    ]
    assert dead_letter_queues({"EventTableName": "events"}) == []


def test_letters_of_a_function_that_reads_no_queue_go_back_to_it() -> None:
    outputs = {"ProjectorDeadLetterQueueUrl": "https://sqs/1/p", "ProjectorFunctionName": "projector"}
    (projector,) = dead_letter_queues(outputs)
    assert (projector.kind, projector.destination(letter(1))) == (DeadLetterKind.POSITIONS, "projector")


def test_places_in_a_table_stream_never_go_to_a_queue() -> None:
    outputs = {"ProjectorDeadLetterQueueUrl": "https://sqs/1/p", "EventQueueUrl": "https://sqs/1/e"}
    (projector,) = dead_letter_queues(outputs)
    assert projector.destination(letter(1)) is None


def test_events_that_were_not_counted_never_go_to_a_queue() -> None:
    outputs = {"StatisticsWriterDeadLetterQueueUrl": "https://sqs/1/s", "EventQueueUrl": "https://sqs/1/e"}
    (uncounted,) = dead_letter_queues(outputs)
    assert (uncounted.name, uncounted.kind) == ("statistics-writer", DeadLetterKind.UNCOUNTED)
    assert uncounted.destination(letter(1)) is None


def test_what_was_sent_is_put_back_before_what_is_to_be_sent() -> None:
    names = ("Bulk", "Event", "Priority", "Projector", "Rule", "Suppression")
    found = dead_letter_queues({f"{name}DeadLetterQueueUrl": "https://sqs/1/x" for name in names})
    assert [queue.name for queue in found] == ["event", "rule", "suppression", "projector", "bulk", "priority"]


@pytest.mark.parametrize(
    ("queue", "kind"),
    [("Event", DeadLetterKind.EVENTS), ("Bulk", DeadLetterKind.REQUESTS), ("Priority", DeadLetterKind.REQUESTS)],
)
def test_a_queue_says_what_it_holds(queue: str, kind: DeadLetterKind) -> None:
    (found,) = dead_letter_queues({f"{queue}DeadLetterQueueUrl": "https://sqs/1/x"})
    assert found.kind is kind


@pytest.mark.parametrize(
    "name", ["event", "Event", "event-dlq", "EventQueue", "EventDeadLetterQueue", "EventDeadLetterQueueUrl"]
)
def test_a_queue_has_many_names(name: str) -> None:
    assert queue_key(name) == "event"


def test_a_letter_goes_back_where_it_fell_out() -> None:
    assert EVENT.destination(letter(1)) == OUTPUTS["EventQueueUrl"]


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (None, OUTPUTS["EventQueueUrl"]),
        ("arn:aws:sqs:eu-west-1:1:stack-SuppressionQueue-C", OUTPUTS["SuppressionQueueUrl"]),
        ("arn:aws:sqs:eu-west-1:1:other", None),
    ],
)
def test_an_undelivered_event_goes_where_it_was_to_go(target: str | None, url: str | None) -> None:
    named = attributes(TARGET_ARN=target) if target else {}
    assert RULE.kind is DeadLetterKind.UNDELIVERED
    assert RULE.destination(letter(1, attributes=named)) == url
