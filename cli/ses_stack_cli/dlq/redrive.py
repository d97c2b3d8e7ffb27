"""`ses-stack dlq redrive`: put dead letters back."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ses_stack.dead_letters.messages import QueueDepth
from ses_stack.dead_letters.redrive import RedriveOptions, redrive_all
from ses_stack.dead_letters.selection import Selection
from ses_stack.dead_letters.summary import RedriveSummary, redrive_document, remarks
from ses_stack_cli.dlq.stack import SummaryRecorder, ports_of, queues_of
from ses_stack_cli.options import Cause, QueueName, Types, event_types, stack_options
from ses_stack_cli.output import print_json, print_note, print_table
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.stopping import StopRequest, stoppable
from ses_stack_cli.target import connect


@stack_options
def redrive(
    queue: QueueName = None,
    *,
    cause: Cause = None,
    types: Types = None,
    malformed: Annotated[
        bool, typer.Option("--malformed", help="Put back what still cannot be parsed, too. It will come again.")
    ] = False,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Letters a second at most, such as 50 or 50/s.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Put back this many at most.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be put back, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Put dead letters back where they came from.

    Events are processed again, and send requests (priority, bulk) are sent, also those with an unknown outcome: name
    another queue or a cause to leave them. Without a queue, requests come last.
    A letter is sent before it is deleted, so this can be killed and run again: nothing is lost or stored twice.
    Ctrl-C finishes the batch, gives the rest back and prints the summary (exit code 130).
    Exit code 1 if a letter could not be put back.

    Examples:
      ses-stack dlq redrive --dry-run
      ses-stack dlq redrive event --rate 50/s
      ses-stack dlq redrive event \\
        --cause "mail.messageId is missing" --type bounce
    """
    selection = Selection.at(time.time(), cause=cause, types=event_types(types), malformed=malformed)
    options = RedriveOptions(selection=selection, rate=_per_second(rate), limit=limit, dry_run=dry_run)
    target = connect(stack)
    queues = queues_of(target, queue)
    if not (yes or dry_run or as_json) and sys.stdin.isatty():
        typer.confirm(f"Put the letters of {', '.join(each.name for each in queues)} back?", abort=True, err=True)
    with stoppable() as stop, ProgressBar(stop) as bar:
        try:
            redrive_all(queues, ports_of(target), options, bar)
        finally:  # also after an error, because some messages may be put back already
            bar.stop()
            _show(bar.summaries, as_json)
    if code := stop.exit_code or bar.exit_code():
        raise typer.Exit(code)


class ProgressBar(SummaryRecorder):
    """Shows the progress on standard error: a bar in a terminal, a note about waiting elsewhere."""

    def __init__(self, stop: StopRequest) -> None:
        super().__init__(stop)
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = TaskID(0)
        self._waits_noted = False

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the bar, and leaves it on the screen."""
        self._bar.stop()

    def begins(self, summary: RedriveSummary, depth: QueueDepth) -> None:
        super().begins(summary, depth)
        self._task = self._bar.add_task(summary.queue, total=depth.total, note="")
        self._waits_noted = False

    def progress(self, summary: RedriveSummary) -> None:
        done = f"{summary.redriven} {'would be put' if summary.dry_run else 'put'} back"
        note = "stopping after this batch" if self.stopped() else done
        self._bar.update(self._task, completed=summary.examined, note=note)

    def waits(self, messages: int) -> None:
        note = f"waiting for about {messages} letters that another run, or a look, still hides: half a minute at most"
        self._bar.update(self._task, note=note)
        if self._bar.disable and not self._waits_noted:
            print_note(note)
        self._waits_noted = True


def _per_second(rate: str | None) -> float | None:
    if rate is None:
        return None
    try:
        value = float(rate.strip().removesuffix("/s"))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise typer.BadParameter(
            f"{rate!r} is not a number of letters a second, such as 50 or 50/s", param_hint="--rate"
        )
    return value


def _show(summaries: Sequence[RedriveSummary], as_json: bool) -> None:
    if as_json:
        print_json(redrive_document(summaries))
        return
    redriven = "WOULD BE REDRIVEN" if any(each.dry_run for each in summaries) else "REDRIVEN"
    print_table(
        ("QUEUE", "EXAMINED", redriven, "SKIPPED", "FAILED"),
        (
            [each.queue, *map(str, (each.examined, each.redriven, each.skipped.total(), each.failed.total()))]
            for each in summaries
        ),
    )
    for remark in (remark for each in summaries for remark in remarks(each)):
        print_note(remark)
    if any(each.interrupted for each in summaries):
        print_note("stopped: what is left lies where it lay; run it again to go on")
