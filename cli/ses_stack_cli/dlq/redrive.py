"""`ses-stack dlq redrive`: dead letters, put back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ses_stack.dead_letters.letters import Depth
from ses_stack.dead_letters.redrive import Summary
from ses_stack_cli.dlq.letters import Watcher, queues_of, redrive_all, redrive_document, remarks, selection_now
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

    Events are taken in again, and send requests (priority, bulk) are sent, also those whose outcome nobody knows: name
    another queue or a cause to leave them. Without a queue, requests come last.
    A letter is sent before it is deleted, so this can be killed and run again: nothing is lost or stored twice.
    Ctrl-C finishes the batch, gives the rest back and prints the summary (exit code 130).
    Exit code 1 if a letter could not be put back.

    Examples:
      ses-stack dlq redrive --dry-run
      ses-stack dlq redrive event --rate 50/s
      ses-stack dlq redrive event --cause "mail.messageId is missing" --type bounce
    """
    selection = selection_now(cause=cause, types=event_types(types), malformed=malformed)
    speed = _per_second(rate)
    target = connect(stack)
    queues = queues_of(target, queue)
    if not (yes or dry_run or as_json) and sys.stdin.isatty():
        typer.confirm(f"Put the letters of {', '.join(each.name for each in queues)} back?", abort=True, err=True)
    with stoppable() as stop, Bar(stop) as bar:
        try:
            redrive_all(target, queues, bar, selection=selection, rate=speed, limit=limit, dry_run=dry_run)
        finally:  # an error in the middle must not hide what was done
            bar.stop()
            _show(bar.summaries, as_json)
    if code := stop.exit_code or any(summary.failed for summary in bar.summaries):
        raise typer.Exit(int(code))


class Bar(Watcher):
    """A progress bar on standard error, in a terminal."""

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
        self._waiting = False

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Leaves the bar as it is."""
        self._bar.stop()

    def begins(self, summary: Summary, depth: Depth) -> None:
        super().begins(summary, depth)
        self._task = self._bar.add_task(summary.queue, total=depth.total, note="")
        self._waiting = False

    def progress(self, summary: Summary) -> None:
        done = f"{summary.redriven} {'would be put' if summary.dry_run else 'put'} back"
        note = "stopping after this batch" if self.stopped() else done
        self._bar.update(self._task, completed=summary.examined, note=note)

    def waits(self, letters: int) -> None:
        note = f"waiting for about {letters} letters that another run, or a look, still hides: half a minute at most"
        self._bar.update(self._task, note=note)
        if self._bar.disable and not self._waiting:
            print_note(note)
        self._waiting = True


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


def _show(summaries: Sequence[Summary], as_json: bool) -> None:
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
