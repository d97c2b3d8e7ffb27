"""`ses-stack send-batch`: a file of recipients becomes mail, once, however often the command runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ses_stack.client import Attachment, NotQueued, Queued, QueueingError
from ses_stack.requests.adapters.attachment_files import read_files
from ses_stack.requests.documents import complete_document
from ses_stack.requests.lane_messages import LaneMessage
from ses_stack.requests.queueing import queue_all
from ses_stack.requests.validation import validated
from ses_stack_cli.options import stack_options
from ses_stack_cli.output import print_json, print_note, printable
from ses_stack_cli.send import placeholders
from ses_stack_cli.send.batch_files import BatchFile, Row, Summary
from ses_stack_cli.send.checkpoints import Checkpoint, CheckpointError, Checkpoints
from ses_stack_cli.send.options import (
    Attach,
    DryRun,
    ExpiresAt,
    Html,
    NotBefore,
    PlainText,
    ReplyTo,
    Sender,
    Stream,
    Subject,
    Tags,
    Template,
    Tenant,
    Topic,
    given,
    tags_of,
    text_of,
)
from ses_stack_cli.send.send import dry_run_preparation, mailer_of
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect

# Rows between two checkpoints. A second run queues at most so many again, under the same ids.
_ROWS_AT_ONCE = 1000
_TOLD_AS_JSON = 1000


@stack_options
def send_batch(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSON Lines (.jsonl) of send requests.")],
    *,
    stream: Stream = None,
    from_: Sender = None,
    to_column: Annotated[
        str | None, typer.Option("--to-column", help="The CSV's column with the recipient. By itself: to, email, ...")
    ] = None,
    reply_to: ReplyTo = None,
    subject: Subject = None,
    html: Html = None,
    text: PlainText = None,
    template: Template = None,
    attach: Attach = None,
    tags: Tags = None,
    topic: Topic = None,
    tenant: Tenant = None,
    not_before: NotBefore = None,
    expires_at: ExpiresAt = None,
    batch_id: Annotated[
        str | None,
        typer.Option(
            "--batch-id", help="What the request ids are made from. By itself: from the file and the options."
        ),
    ] = None,
    new_batch: Annotated[
        bool, typer.Option("--new-batch", help="The file has changed since it was queued: queue all of it again.")
    ] = False,
    one_message: Annotated[
        bool, typer.Option("--one-message", help="One message for all recipients of a row.")
    ] = False,
    dry_run: DryRun = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Queue a message for every row of a file. Run it twice, and nothing goes out twice.

    Columns fill {column} in the subject and text, or are the data of an SES --template. A checkpoint beside the file
    says how far it came; request ids follow from the batch and the row. Bad rows are told by line and passed over; the
    exit code is then 1.

    Examples:
      ses-stack send-batch list.csv -s marketing --from 'News <news@example.com>' --template may
      ses-stack send-batch list.csv -s marketing --from news@example.com --subject 'Hi {name}' --text @may.txt
      ses-stack send-batch requests.jsonl --dry-run
    """
    options = given(
        {
            "stream": stream,
            "from": from_,
            "reply_to": reply_to,
            "subject": subject,
            "html": text_of(html, "--html"),
            "text": text_of(text, "--text"),
            "template": template,
            "attachments": read_files(attach or []),
            "tags": tags_of(tags),
            "topic": topic,
            "tenant": tenant,
            "not_before": not_before,
            "expires_at": expires_at,
        }
    )
    batch = BatchFile(file)
    summary = batch.summary()
    mail = _mail(batch, summary, options, to_column)
    outbox: _Outbox = _DryOutbox() if dry_run else mailer_of(connect(stack))
    checkpoints = Checkpoints(file)
    checkpoint = _checkpoint(checkpoints, summary, _digest_of(options), batch_id, new_batch)
    run = _Run(checkpoint, None if dry_run else checkpoints, mail, one_message)
    run.queue(batch.rows(), summary.rows, outbox)
    _tell_result(run, dry_run, as_json)


class _Outbox(Protocol):
    """What takes many requests: a mailer, or nobody."""

    def send_many(self, requests: Iterable[Any], *, on_result: Any, one_message: bool) -> Any:
        """Queues requests and tells of each."""


class _DryOutbox:
    """Checks requests, and queues none."""

    def send_many(self, requests: Iterable[Any], *, on_result: Any, one_message: bool) -> Any:
        return queue_all(
            requests,
            lanes=self,
            preparation=dry_run_preparation(one_message),
            on_result=on_result,
        )

    def put(self, lane: str, messages: Iterable[LaneMessage]) -> Mapping[int, str]:  # noqa: ARG002
        """Takes every message to nowhere."""
        return {}


@dataclass(frozen=True, slots=True)
class _Mail:
    """How a row becomes a request."""

    options: Mapping[str, Any]
    recipient: str | None

    def of(self, row: Row, batch_id: str) -> dict[str, Any]:
        request_id = f"{batch_id}-{sha256(row.key.encode()).hexdigest()[:20]}"
        if self.recipient is None:
            return {"request_id": request_id} | dict(self.options) | dict(row.values)
        mail = {"request_id": request_id, "to": row.values[self.recipient]} | dict(self.options)
        if "template" in mail:
            return mail | {"data": dict(row.values)}
        return mail | placeholders.filled(self.options, row.values)


def _mail(batch: BatchFile, summary: Summary, options: Mapping[str, Any], to_column: str | None) -> _Mail:
    if summary.columns is None:
        if to_column:
            raise typer.BadParameter(
                "JSON Lines have no columns: each line is a send request", param_hint="--to-column"
            )
        return _Mail(options, None)
    recipient = batch.recipient_column(to_column)
    placeholders.check(options, summary.columns)
    sample = {"v": 1, "request_id": "sample", "to": ["ann@example.com"], **options}
    validated(complete_document(sample, str))  # what is wrong with the options is wrong with every row
    return _Mail(options, recipient)


def _checkpoint(
    checkpoints: Checkpoints, summary: Summary, mail: str, batch_id: str | None, new_batch: bool
) -> Checkpoint:
    name = batch_id or _default_batch_id(checkpoints.path(""), summary, mail)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise typer.BadParameter("1 to 100 ASCII letters, digits, underscores and dashes", param_hint="--batch-id")
    fresh = Checkpoint(batch_id=name, content=summary.digest, mail=mail)
    if found := checkpoints.of(name):
        # Rows of a file that has changed are not where they were: they are queued again, under the ids they had.
        return found if found.content == summary.digest else fresh
    if batch_id is None and not new_batch:
        for other in checkpoints.all():
            if other.mail == mail and other.content != summary.digest:
                raise CheckpointError(
                    f"the file has changed since {other.queued} messages were queued from it: "
                    f"--batch-id {other.batch_id} queues what is new in it, --new-batch queues all of it again"
                )
    return fresh


def _default_batch_id(path: Path, summary: Summary, mail: str) -> str:
    name = path.name.partition(".")[0]
    told = sha256(f"{path.name}\0{summary.digest}\0{mail}".encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:40] or 'batch'}-{told}"


def _digest_of(options: Mapping[str, Any]) -> str:
    def plain(value: object) -> object:
        return (
            [value.filename, sha256(value.content or b"").hexdigest()] if isinstance(value, Attachment) else str(value)
        )

    return sha256(json.dumps(options, sort_keys=True, default=plain).encode()).hexdigest()


@dataclass(slots=True)
class _Run:
    """One run of the command over the file."""

    checkpoint: Checkpoint
    checkpoints: Checkpoints | None
    mail: _Mail
    one_message: bool
    queued: int = 0
    before: int = 0
    failed: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)

    def queue(self, rows: Iterator[Row], total: int, outbox: _Outbox) -> None:
        """Queues the rows, a thousand between two checkpoints."""
        with _bar(total) as (advance, remark):
            try:
                for some in batched(enumerate(rows), _ROWS_AT_ONCE, strict=False):
                    self._queue_some(some, outbox, remark)
                    advance(len(some))
            except (QueueingError, KeyboardInterrupt):
                print_note(f"{self.queued} messages were queued; the same command goes on from there")
                raise

    def _queue_some(self, some: tuple[tuple[int, Row], ...], outbox: _Outbox, remark: Callable[[str], None]) -> None:
        pending = [(number, row) for number, row in some if not self.checkpoint.is_queued(number)]
        self.before += len(some) - len(pending)
        good = [(number, row) for number, row in pending if not row.problem]
        again: set[int] = set()
        for number, row in pending:
            if row.problem:
                again.add(number)
                self._fail(row, None, "the row", row.problem, remark)

        def told(result: Queued | NotQueued) -> None:
            number, row = good[result.index]
            if isinstance(result, Queued):
                self.queued += 1
            else:
                again.add(number)
                self._fail(row, result.request_id, result.field, result.problem, remark)

        queued = self.queued
        requests = (self.mail.of(row, self.checkpoint.batch_id) for _, row in good)
        outbox.send_many(requests, on_result=told, one_message=self.one_message)
        done = replace(
            self.checkpoint,
            rows=max(self.checkpoint.rows, some[-1][0] + 1),
            queued=self.checkpoint.queued + self.queued - queued,
            again=self.checkpoint.again - {number for number, _ in pending} | again,
        )
        self.checkpoint = done
        if self.checkpoints:
            self.checkpoints.save(done)

    def _fail(self, row: Row, request_id: str | None, name: str, problem: str, remark: Callable[[str], None]) -> None:
        self.failed += 1
        remark(f"line {row.line}: {name} {problem}")
        if len(self.failures) < _TOLD_AS_JSON:
            self.failures.append({"line": row.line, "request_id": request_id, "field": name, "problem": problem})


@contextmanager
def _bar(total: int) -> Iterator[tuple[Callable[[int], None], Callable[[str], None]]]:
    """A progress bar in a terminal: what moves it on, and what prints a remark above it."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield lambda _: None, print_note
        return
    columns = (TextColumn("queueing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("queueing", total=total)
        yield partial(progress.advance, task), lambda text: console.print(printable(text))


def _tell_result(run: _Run, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "batch_id": run.checkpoint.batch_id,
                "dry_run": dry_run,
                "queued": 0 if dry_run else run.queued,
                "queued_before": run.before,
                "failed": run.failed,
                "failures": run.failures,
            }
        )
    else:
        _tell_counts(run, dry_run)
    if run.failed:
        raise typer.Exit(1)


def _tell_counts(run: _Run, dry_run: bool) -> None:
    done = f"{run.queued} messages are valid, nothing was queued" if dry_run else f"{run.queued} messages queued"
    before = f", {run.before} rows were queued before" if run.before else ""
    failed = f", {run.failed} failed" if run.failed else ""
    typer.echo(f"{done}{before}{failed}; batch {run.checkpoint.batch_id}")
