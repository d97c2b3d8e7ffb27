"""The dead-letter queues of a stack, as the commands reach them."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack.dead_letters.adapters.sqs_queue import SqsMessageQueue
from ses_stack.dead_letters.adapters.stream_replay import StreamReplay
from ses_stack.dead_letters.messages import QueueDepth
from ses_stack.dead_letters.summary import RedriveSummary
from ses_stack.dead_letters.uncounted import NoDestination
from ses_stack_cli.dlq.stack import SummaryRecorder, examined, ports_of, queues_of
from ses_stack_cli.stopping import StopRequest
from ses_stack_cli.target import Target, TargetError
from tests.ses_stack_cli.conftest import Cli

OUTPUTS = {
    "EventQueueUrl": "https://sqs/1/e",
    "EventDeadLetterQueueUrl": "https://sqs/1/ed",
    "ProjectorDeadLetterQueueUrl": "https://sqs/1/pd",
    "ProjectorFunctionName": "projector",
    "StatisticsWriterDeadLetterQueueUrl": "https://sqs/1/sd",
    "StatisticsWriterFunctionName": "statistics-writer",
    "EventTableName": "events",
}


def target(**outputs: str) -> Target:
    return Target(stack="s", outputs=outputs, client=lambda _: None)


@pytest.mark.parametrize("command", [["dlq", "peek", "nope"], ["dlq", "redrive", "nope"]])
def test_an_unknown_queue_is_a_sentence(cli: Cli, command: list[str]) -> None:
    cli(*command, code=1)
    assert cli.err == "there is no dead-letter queue 'nope'; there are event, rule\n"


def test_queues_are_named_in_any_spelling() -> None:
    assert [queue.name for queue in queues_of(target(**OUTPUTS))] == ["event", "projector", "statistics-writer"]
    assert [queue.name for queue in queues_of(target(**OUTPUTS), "EventDeadLetterQueue")] == ["event"]


def test_a_stack_without_dead_letter_queues_is_not_a_ses_stack() -> None:
    with pytest.raises(TargetError, match="is it a ses-stack"):
        queues_of(target(EventTableName="events"))


def test_events_go_back_to_a_queue_and_positions_to_their_function() -> None:
    event, projector, uncounted = queues_of(target(**OUTPUTS))
    ports = ports_of(target(**OUTPUTS))
    assert isinstance(ports(event).open_destination("https://sqs/1/e"), SqsMessageQueue)
    assert isinstance(ports(projector).open_destination("projector"), StreamReplay)
    assert isinstance(ports(uncounted).open_destination("statistics-writer"), NoDestination)


def test_examining_takes_at_most_the_limit_and_keeps_all(filled: Cli) -> None:
    place = Target(stack="s", outputs=filled.outputs, client=lambda _: filled.sqs)
    ((queue, report),) = examined(place, queues_of(place, "event"), 2)
    assert queue.name == "event"
    assert (len(report.messages), report.depth.total) == (2, 5)
    assert filled.depth("EventDeadLetterQueue") == (5, 0)


def test_the_recorder_keeps_summaries_and_stops_on_a_signal(monkeypatch: Any) -> None:
    stop = StopRequest()
    recorder = SummaryRecorder(stop)
    summary = RedriveSummary(queue="event")
    recorder.begins(summary, QueueDepth(visible=1, invisible=0))
    assert (recorder.summaries, recorder.exit_code(), recorder.stopped()) == ([summary], 0, False)
    summary.failed["no"] += 1
    assert recorder.exit_code() == 1
