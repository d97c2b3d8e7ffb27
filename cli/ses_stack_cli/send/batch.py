"""`ses-stack send-batch`: a file of recipients becomes mail, once, however often the command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ses_stack_cli.options import file_path, stack_options
from ses_stack_cli.output import counted, print_json, print_note
from ses_stack_cli.send.batch_files import BatchFile
from ses_stack_cli.send.batch_ids import continued
from ses_stack_cli.send.batch_requests import row_requests
from ses_stack_cli.send.batch_run import BatchRun
from ses_stack_cli.send.checkpoints import Checkpoints
from ses_stack_cli.send.message_options import MessageOptions, message_options
from ses_stack_cli.send.outbox import DryRun, Outbox, mailer_of
from ses_stack_cli.send.repeated_addresses import note_repeated
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.target import connect


@stack_options
@message_options
def send_batch(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", parser=file_path, help="CSV with a header, or JSON Lines (.jsonl) of send requests."
        ),
    ],
    *,
    message: MessageOptions,
    to_column: Annotated[
        str | None, typer.Option("--to-column", help="The CSV's column with the recipient. Default: to, email, ...")
    ] = None,
    batch_id: Annotated[
        str | None,
        typer.Option("--batch-id", help="The prefix of the request ids. Default: made from the file and the options."),
    ] = None,
    new_batch: Annotated[
        bool, typer.Option("--new-batch", help="The file has changed since it was queued: queue all of it again.")
    ] = False,
    one_message: Annotated[
        bool, typer.Option("--one-message", help="One message for all recipients of a row.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate everything, queue nothing.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Queue a message for every row of a file. A second run queues nothing twice.

    Columns fill {column} in the subject and text, or are the data of an SES --template. Write \\{ for an ordinary
    brace. A checkpoint beside the file records which rows are queued; request ids are made from the batch and the row.
    The command reports bad rows by their line and continues; the exit code is then 1.

    Examples:
      ses-stack send-batch list.csv -s marketing \\
        --from 'News <news@example.com>' --template may
      ses-stack send-batch list.csv -s marketing \\
        --from news@example.com --subject 'Hi {name}' \\
        --text @may.txt
      ses-stack send-batch requests.jsonl --dry-run
    """
    with _remark_when_stopped():
        options = message.document()
        batch = BatchFile(file)
        summary = batch.summary()
        requests = row_requests(batch, summary, options, to_column)
        outbox: Outbox = DryRun() if dry_run else mailer_of(connect(stack))
        note_repeated(batch.rows(), requests.recipient)
        checkpoints = Checkpoints(file)
        checkpoint = continued(checkpoints, summary, options, batch_id=batch_id, new_batch=new_batch)
    run = BatchRun(checkpoint, None if dry_run else checkpoints, requests, one_message=one_message)
    run.queue(batch.rows(), summary.rows, outbox)
    _print_json(run, dry_run) if as_json else _print(run, dry_run)
    if run.failed:
        raise typer.Exit(1)


@contextmanager
def _remark_when_stopped() -> Iterator[None]:
    """A large file is read twice before its first row is queued."""
    try:
        yield
    except KeyboardInterrupt:
        print_note("stopped while the file was checked: nothing was queued")
        raise


def _print_json(run: BatchRun, dry_run: bool) -> None:
    print_json(
        {
            "batch_id": run.checkpoint.batch_id,
            "dry_run": dry_run,
            "queued": 0 if dry_run else run.queued,
            "queued_before": run.queued_before,
            "failed": run.failed,
            "failures": run.failures,
        }
    )


def _print(run: BatchRun, dry_run: bool) -> None:
    valid, queued = counted(run.queued, "valid message"), counted(run.queued, "message")
    done = f"{valid}, nothing was queued" if dry_run else f"{queued} queued"
    before = f", {counted(run.queued_before, 'row')} queued before" if run.queued_before else ""
    failed = f", {run.failed} failed" if run.failed else ""
    typer.echo(f"{done}{before}{failed}; batch {run.checkpoint.batch_id}")
