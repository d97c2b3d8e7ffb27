"""`ses-stack local demo`."""

from __future__ import annotations

import typer

from ses_stack_cli.local import cloud
from ses_stack_cli.local.demo import report
from ses_stack_cli.local.demo.campaign import MESSAGES, RESETS
from ses_stack_cli.local.demo.counts import DemonstrationCount
from ses_stack_cli.local.demo.demonstration import Demonstration
from ses_stack_cli.local.printing import Steps, progress_bar, reported_errors, stderr
from ses_stack_cli.local.servers import UpOptions


def run_demo() -> None:
    """Send 200 messages through the local cloud, and compare what was published with what was stored.

    A newsletter goes out on the bulk lane while password resets go out on the priority lane. Brings the local cloud up
    first if need be. Exit code 1 if a count differs. It can be run again.

    Example:
      ses-stack local demo
    """
    with reported_errors():
        steps = Steps()
        running = cloud.up(UpOptions(simulator_arguments=("--latency-scale=0.005",)), steps.begin, accepts_running=True)
        run = Demonstration(running)
        count = _demonstrate(run, steps)
        steps.begin("Waiting until every event is counted")
        counters = run.counters()
        steps.begin("Done")
        caused = run.suppressions(count.ledger)
    report.show(count, counters, caused)
    if not (count.complete and count.every_type and counters.complete):
        stderr.print("[bold red]Something is missing.[/bold red] See: ses-stack dlq list, ses-stack queue")
        raise typer.Exit(1)


def _demonstrate(run: Demonstration, steps: Steps) -> DemonstrationCount:
    """Queues the demonstration's mail and waits for its events; the last count."""
    steps.begin("Waking the sender")
    run.wake()
    steps.begin(f"Queueing {MESSAGES - RESETS} messages of a campaign and {RESETS} password resets")
    with progress_bar() as bar:
        queueing = bar.add_task("queued", total=MESSAGES)
        run.queue(lambda: bar.advance(queueing))
    steps.begin("Waiting until all of it is sent, and every event is stored")
    with progress_bar() as bar:
        sending = bar.add_task("settled", total=MESSAGES)
        storing = bar.add_task("stored", total=None)
        for count in run.watch():
            bar.update(sending, completed=count.settled)
            bar.update(storing, total=count.published.total() or None, completed=count.stored.total())
    return count
