"""One run over a file, with an outbox in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ses_stack.client import NotQueued, Outcome, Queued, QueueingError, Receipt
from ses_stack_cli.send import batch_run
from ses_stack_cli.send.batch_files import Row
from ses_stack_cli.send.batch_requests import RowRequests
from ses_stack_cli.send.batch_run import BatchRun
from ses_stack_cli.send.checkpoints import Checkpoint, CheckpointError, Checkpoints


class MemoryOutbox:
    """Queues every request, but for those to a recipient in `refused`; can fail at a call."""

    def __init__(self, *refused: str, failing_call: int | None = None) -> None:
        self.refused = refused
        self.failing_call = failing_call
        self.calls = 0
        self.queued: list[str] = []

    def send_request(self, request: Mapping[str, Any], *, one_message: bool) -> Receipt:
        raise AssertionError("a batch is queued with send_many")

    def send_many(
        self,
        requests: Iterable[Mapping[str, Any]],
        *,
        on_result: Callable[[Queued | NotQueued], None] | None = None,
        one_message: bool = False,
    ) -> Outcome:
        self.calls += 1
        if self.calls == self.failing_call:
            raise QueueingError("the bulk queue refuses mail")
        for index, request in enumerate(requests):
            assert on_result
            if request["to"] in self.refused:
                on_result(NotQueued(index, request["request_id"], "to[0]", "has no @"))
            else:
                self.queued.append(request["to"])
                on_result(Queued(index, request["request_id"], (request["to"],), "bulk"))
        return Outcome(0, 0, 0, ())


@pytest.fixture(autouse=True)
def _three_rows_per_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "ROWS_PER_CHECKPOINT", 3)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "list.csv")


def rows(number: int, unreadable: tuple[int, ...] = ()) -> Iterator[Row]:
    for each in range(number):
        if each in unreadable:
            yield Row(each + 2, "", {}, "is not UTF-8 text: save the file as UTF-8")
        else:
            yield Row(each + 2, f"{each}", {"to": f"{each}@x.org"})


def new_run(checkpoints: Checkpoints | None, checkpoint: Checkpoint | None = None) -> BatchRun:
    return BatchRun(checkpoint or Checkpoint(batch_id="b", content="c", mail="m"), checkpoints, RowRequests({}, None))


def next_run(checkpoints: Checkpoints) -> BatchRun:
    return new_run(checkpoints, checkpoints.of("b"))


def test_all_rows_are_queued_with_checkpoints_between(checkpoints: Checkpoints) -> None:
    run, outbox = new_run(checkpoints), MemoryOutbox()
    run.queue(rows(7), 7, outbox)

    assert (run.queued, run.queued_before, run.failed, outbox.calls) == (7, 0, 0, 3)
    assert checkpoints.of("b") == Checkpoint(batch_id="b", content="c", mail="m", rows=7, queued=7)


def test_the_next_run_queues_only_the_rest(checkpoints: Checkpoints, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(QueueingError):
        new_run(checkpoints).queue(rows(7), 7, MemoryOutbox(failing_call=2))
    assert "3 messages queued; the same command goes on" in capsys.readouterr().err

    run, outbox = next_run(checkpoints), MemoryOutbox()
    run.queue(rows(7), 7, outbox)
    assert (run.queued, run.queued_before) == (4, 3)
    assert outbox.queued == [f"{number}@x.org" for number in range(3, 7)]


def test_failed_rows_are_reported_and_tried_by_the_next_run(
    checkpoints: Checkpoints, capsys: pytest.CaptureFixture[str]
) -> None:
    run = new_run(checkpoints)
    run.queue(rows(5, unreadable=(4,)), 5, MemoryOutbox("1@x.org"))

    assert (run.queued, run.failed) == (3, 2)
    assert [(each["line"], each["field"], each["problem"]) for each in run.failures] == [
        (3, "to[0]", "has no @"),
        (6, "the row", "is not UTF-8 text: save the file as UTF-8"),
    ]
    assert (
        capsys.readouterr().err == "line 3: to[0] has no @\nline 6: the row is not UTF-8 text: save the file as UTF-8\n"
    )
    assert run.checkpoint.again == {1, 4}

    second, outbox = next_run(checkpoints), MemoryOutbox()
    second.queue(rows(5), 5, outbox)
    assert (second.queued, second.queued_before, outbox.queued) == (2, 3, ["1@x.org", "4@x.org"])
    assert checkpoints.of("b") == Checkpoint(batch_id="b", content="c", mail="m", rows=5, queued=5)


def test_without_checkpoints_nothing_is_saved(checkpoints: Checkpoints) -> None:
    run = new_run(None)
    run.queue(rows(2), 2, MemoryOutbox())

    assert run.queued == 2
    assert list(checkpoints.all()) == []


def test_only_the_first_thousand_failures_are_kept(checkpoints: Checkpoints) -> None:
    run = new_run(None)
    run.queue((Row(1, "", {}, "is not JSON") for _ in range(1001)), 1001, MemoryOutbox())

    assert (run.failed, len(run.failures)) == (1001, 1000)


@pytest.mark.parametrize("error", [QueueingError("x"), KeyboardInterrupt(), CheckpointError("x")])
def test_a_stopped_dry_run_queued_nothing_and_says_so(
    error: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, outbox = new_run(None), MemoryOutbox()
    monkeypatch.setattr(outbox, "send_many", stopping(outbox.send_many, error))

    with pytest.raises(type(error)):
        run.queue(rows(7), 7, outbox)

    assert capsys.readouterr().err == "stopped: 3 valid messages so far; nothing was queued\n"


def test_an_interrupted_run_says_how_to_go_on(
    checkpoints: Checkpoints, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, outbox = new_run(checkpoints), MemoryOutbox()
    monkeypatch.setattr(outbox, "send_many", stopping(outbox.send_many, KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        run.queue(rows(7), 7, outbox)

    note = "stopped: 3 messages queued; the same command goes on from there\n"
    assert capsys.readouterr().err == note


def stopping(send_many: Callable[..., Outcome], error: BaseException) -> Callable[..., Outcome]:
    """`send_many`, which raises the error at its second call."""
    calls = 0

    def send(*arguments: Any, **options: Any) -> Outcome:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise error
        return send_many(*arguments, **options)

    return send
