"""The progress bar of `send-batch`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ses_stack_cli.output import print_note, printable


@contextmanager
def progress_bar(total: int) -> Iterator[tuple[Callable[[int], None], Callable[[str], None]]]:
    """A bar on standard error. Gives two functions: one advances the bar by a number, one prints a remark above it.

    Where standard error is not a terminal there is no bar, and remarks are lines.
    """
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield lambda _: None, print_note
        return
    columns = (TextColumn("queueing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("queueing", total=total)
        yield partial(progress.advance, task), lambda text: console.print(printable(text))
