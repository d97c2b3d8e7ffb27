"""`ses-stack local`: the whole of ses-stack on this machine, without an AWS account or Docker."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ses_stack_cli.local import cloud, demo, demo_report, processes, state
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.local.simulator.provoke import PROVOKE
from ses_stack_cli.local.state import LocalState
from ses_stack_cli.options import json_option
from ses_stack_cli.output import print_note, print_table

app = typer.Typer(no_args_is_help=True, help="Run the whole stack on this machine: no AWS account, no Docker.")

_progress = Console(stderr=True)
_console = Console()


class Log(StrEnum):
    """What can be read with `ses-stack local logs`."""

    FUNCTIONS = "functions"
    CLOUD = "cloud"
    SIMULATOR = "simulator"
    BUILD = "build"
    DEPLOY = "deploy"


@app.command()
@json_option
def up(
    port: Annotated[int, typer.Option(help="Port of the AWS emulator; 0 takes a free one.")] = 0,
    simulator_port: Annotated[int, typer.Option(help="Port of the SES simulator; 0 takes a free one.")] = 0,
    simulator_option: Annotated[
        list[str] | None,
        typer.Option("--simulator", help="An option for the SES simulator, such as --simulator=--seed=7. Repeatable."),
    ] = None,
    *,
    as_json: bool,
) -> None:
    """Start the emulator and the simulator, and deploy template.yaml into them.

    Run it again after a change: what is new is deployed, the rest is left alone.

    Examples:
      ses-stack local up
      ses-stack local up --port 4566 --simulator=--max-send-rate=50
    """
    options = cloud.Options(port=port, simulator_port=simulator_port, simulator_arguments=tuple(simulator_option or ()))
    with _told_errors():
        running = cloud.up(options, Steps().begin)
        _print_status(cloud.status(running), as_json)


@app.command()
@json_option
def down(*, as_json: bool) -> None:
    """Stop everything that `up` started. Its data is gone."""
    stopped = cloud.down()
    if as_json:
        _console.print_json(data={"running": False, "stopped": stopped})
    else:
        _console.print("The local cloud is down." if stopped else "No local cloud was running.")


@app.command()
@json_option
def status(*, as_json: bool) -> None:
    """Show what runs where and how deep the queues are; as JSON, also what the simulator has published.

    Exit code 1 if no local cloud is running.
    """
    running = state.load()
    if running and running.alive():
        _print_status(cloud.status(running), as_json)
        return
    if as_json:
        _console.print_json(data={"running": False})
    else:
        _console.print("No local cloud is running. Start it with: ses-stack local up")
    raise typer.Exit(1)


@app.command()
@json_option
def logs(
    source: Annotated[Log, typer.Argument(help="Whose log.")] = Log.FUNCTIONS,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing what is added.")] = False,
    *,
    as_json: bool,
) -> None:
    """Print the functions' logs, or those of the emulator, the simulator, the last build or deployment.

    Examples:
      ses-stack local logs
      ses-stack local logs simulator --follow
    """
    with _told_errors():
        read = _reader(source)
        everything = read()
        shown = everything[-lines:]
        if as_json:
            _console.print_json(data={"source": source.value, "lines": shown})
            return
        _print_lines(shown)
        if follow:
            _follow(read, len(everything))


@app.command()
@json_option
def reset(*, as_json: bool) -> None:
    """Empty the queues, the tables and the simulator. The stack stays deployed."""
    with _told_errors():
        cloud.reset(_running())
    if as_json:
        _console.print_json(data={"reset": True})
    else:
        _console.print("The local cloud is empty.")


@app.command()
@json_option
def invoke(
    function: Annotated[str, typer.Argument(help="The function's logical id in the template, such as Normalizer.")],
    event: Annotated[Path, typer.Argument(help="A JSON file with the event.", exists=True, dir_okay=False)],
    *,
    as_json: bool,
) -> None:
    """Invoke a deployed function with an event from a file, and show its answer and its log.

    Example:
      ses-stack local invoke Normalizer events/bounce.json
    """
    with _told_errors():
        result = cloud.invoke(_running(), function, event.read_bytes())
    if as_json:
        _console.print_json(data=result)
    else:
        _print_lines(result["log"].splitlines())
        _console.print(f"[bold]{'failed' if result['error'] else 'answered'}:[/bold] {result['answer']}")
    if result["error"]:
        raise typer.Exit(1)


@app.command()
@json_option
def provoke(*, as_json: bool) -> None:
    """Show how to make each of the ten event types happen: what to send, and to whom.

    Example:
      ses-stack local provoke
    """
    if as_json:
        _console.print_json(data={"provoke": [asdict(way) for way in PROVOKE]})
        return
    print_table(("EVENT", "HOW", "WHAT FOLLOWS"), ([way.event, way.how, way.follows] for way in PROVOKE))
    print_note("the words work at any domain, and a +label may follow them: bounce+anything@example.org")


@app.command("env")
@json_option
def environment(*, as_json: bool) -> None:
    """Print what leads the AWS SDKs and the AWS CLI to the local cloud, as lines for a shell.

    Example:
      eval "$(ses-stack local env)"
    """
    with _told_errors():
        variables = cloud.environment(_running())
    if as_json:
        _console.print_json(data=variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command("demo")
def run_demo() -> None:
    """Send 200 messages through the local cloud, and compare what was published with what was stored.

    A newsletter goes out on the bulk lane while password resets go out on the priority lane. Brings the local cloud up
    first if need be. Exit code 1 if a count differs. It can be run again.
    """
    with _told_errors():
        steps = Steps()
        running = cloud.up(cloud.Options(simulator_arguments=("--latency-scale=0.005",)), steps.begin)
        run = demo.Demonstration(running)
        steps.begin("Waking the sender")
        run.wake()
        steps.begin(f"Queueing {demo.MESSAGES - demo.RESETS} messages of a campaign and {demo.RESETS} password resets")
        with _bar() as bar:
            queueing = bar.add_task("queued", total=demo.MESSAGES)
            run.queue(lambda: bar.advance(queueing))
        steps.begin("Waiting until all of it is sent, and every event is stored")
        with _bar() as bar:
            sending = bar.add_task("settled", total=demo.MESSAGES)
            storing = bar.add_task("stored", total=None)
            for count in run.watch():
                bar.update(sending, completed=count.settled)
                bar.update(storing, total=count.published.total() or None, completed=count.stored.total())
        steps.begin("Done")
        caused = run.suppressions(count.ledger)
    demo_report.show(count, caused)
    if not (count.complete and count.every_type):
        _progress.print("[bold red]Something is missing.[/bold red] See: ses-stack dlq list, ses-stack queue")
        raise typer.Exit(1)


class Steps:
    """Tells each step as it begins, and how long the one before it took."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def begin(self, step: str) -> None:
        now = time.monotonic()
        _progress.print(f"[dim]{now - self._begun:5.1f} s[/dim]  {step} ...")


@contextmanager
def _told_errors() -> Iterator[None]:
    """Ends the command with a sentence instead of a traceback; a failed step shows its output."""
    try:
        yield
    except StepError as error:
        _progress.print(error.output, markup=False, highlight=False)
        _progress.print(f"[bold red]{error}.[/bold red] Above is what it printed; logs: {state.directory()}")
        raise typer.Exit(1) from None
    except LocalCloudError as error:
        _progress.print(f"[bold red]{error}[/bold red]")
        raise typer.Exit(1) from None


def _running() -> LocalState:
    running = state.load()
    if not running or not running.alive():
        raise LocalCloudError("no local cloud is running: start it with `ses-stack local up`")
    return running


def _print_status(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _console.print_json(data=found)
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("AWS emulator", found["endpoint"])
    table.add_row("SES simulator", found["simulator"])
    table.add_row("stack", found["stack"])
    for name, depth in found["queues"].items():
        table.add_row(name, f"{depth} messages")
    _console.print(table)


def _bar() -> Progress:
    columns = (TextColumn("        {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=_progress, disable=not _progress.is_terminal)


def _follow(read: Callable[[], list[str]], seen: int) -> NoReturn:
    while True:
        time.sleep(1)
        everything = read()
        _print_lines(everything[seen:])
        seen = len(everything)


def _reader(source: Log) -> Callable[[], list[str]]:
    if source is Log.FUNCTIONS:
        running = _running()
        return lambda: cloud.function_logs(running)
    path = state.directory() / f"{source.value}.log"
    return lambda: processes.tail(path, lines=1_000_000).splitlines()


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        _console.print(line, markup=False, highlight=False, soft_wrap=True)
