"""One run of `send-batch` over a file: rows are queued a thousand at a time, with a checkpoint after each thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any

from ses_stack.client import NotQueued, Queued
from ses_stack.errors import SesStackError
from ses_stack_cli.output import counted, print_note
from ses_stack_cli.send.batch_files import Row
from ses_stack_cli.send.batch_requests import RowRequests
from ses_stack_cli.send.checkpoints import Checkpoint, Checkpoints
from ses_stack_cli.send.outbox import Outbox
from ses_stack_cli.send.progress import progress_bar

# Rows between two checkpoints. After a kill, the next run queues at most this many again, under the same ids.
ROWS_PER_CHECKPOINT = 1000
_MOST_FAILURES = 1000

type NumberedRow = tuple[int, Row]


@dataclass(slots=True)
class BatchRun:
    """Counts of a run: messages `queued`, rows `queued_before` by earlier runs, rows or messages `failed`.

    `failures` are the first thousand. Without `checkpoints` nothing is saved.
    """

    checkpoint: Checkpoint
    checkpoints: Checkpoints | None
    requests: RowRequests
    one_message: bool = False
    queued: int = 0
    queued_before: int = 0
    failed: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)

    def queue(self, rows: Iterator[Row], total: int, outbox: Outbox) -> None:
        """Queues the rows, `total` in number. Raises `QueueingError` if the outbox refuses everything."""
        with progress_bar(total) as (advance, remark):
            try:
                for chunk in batched(enumerate(rows), ROWS_PER_CHECKPOINT, strict=False):
                    self._queue_chunk(chunk, outbox, remark)
                    advance(len(chunk))
            except (SesStackError, KeyboardInterrupt):
                print_note(self._stopped())
                raise

    def _stopped(self) -> str:
        if self.checkpoints is None:
            return f"stopped: {counted(self.queued, 'valid message')} so far; nothing was queued"
        return f"stopped: {counted(self.queued, 'message')} queued; the same command goes on from there"

    def _queue_chunk(self, chunk: Sequence[NumberedRow], outbox: Outbox, remark: Callable[[str], None]) -> None:
        pending = [(number, row) for number, row in chunk if not self.checkpoint.is_queued(number)]
        self.queued_before += len(chunk) - len(pending)
        queued_until_now = self.queued
        failed = self._report_unreadable(pending, remark)
        readable = [(number, row) for number, row in pending if not row.problem]
        failed |= self._send(readable, outbox, remark)
        self.checkpoint = replace(
            self.checkpoint,
            rows=max(self.checkpoint.rows, chunk[-1][0] + 1),
            queued=self.checkpoint.queued + self.queued - queued_until_now,
            again=self.checkpoint.again - {number for number, _ in pending} | failed,
        )
        if self.checkpoints:
            self.checkpoints.save(self.checkpoint)

    def _report_unreadable(self, rows: Sequence[NumberedRow], remark: Callable[[str], None]) -> set[int]:
        """Reports the rows that cannot be read; returns their numbers."""
        unreadable = {number: row for number, row in rows if row.problem}
        for row in unreadable.values():
            self._fail(row, None, "the row", row.problem or "", remark)
        return set(unreadable)

    def _send(self, rows: Sequence[NumberedRow], outbox: Outbox, remark: Callable[[str], None]) -> set[int]:
        """Queues rows; returns the numbers of those that failed."""
        failed: set[int] = set()

        def count(result: Queued | NotQueued) -> None:
            number, row = rows[result.index]
            if isinstance(result, Queued):
                self.queued += 1
            else:
                failed.add(number)
                self._fail(row, result.request_id, result.field, result.problem, remark)

        requests = (self.requests.request_of(row, self.checkpoint.batch_id) for _, row in rows)
        outbox.send_many(requests, on_result=count, one_message=self.one_message)
        return failed

    def _fail(self, row: Row, request_id: str | None, name: str, problem: str, remark: Callable[[str], None]) -> None:
        self.failed += 1
        remark(f"line {row.line}: {name} {problem}")
        if len(self.failures) < _MOST_FAILURES:
            self.failures.append({"line": row.line, "request_id": request_id, "field": name, "problem": problem})
