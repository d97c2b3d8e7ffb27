"""Prints the demonstration's result: counts, lanes, suppressions, and the output of some commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from ses_stack.sending.outcomes.ledger import LedgerEntry
from ses_stack.suppression.policy import Suppression
from ses_stack_cli.local.demo.counts import CampaignCounters, DemonstrationCount, lane_waits, sending_rate
from ses_stack_cli.look.recipient import recipient
from ses_stack_cli.look.timeline import timeline
from ses_stack_cli.output import printable
from ses_stack_cli.send.streams import streams

_console = Console(highlight=False)
# The shared options of commands, as Typer passes them for a command without options: the local cloud, no JSON.
_LOCAL_STACK: Mapping[str, Any] = {"as_json": False, "stack_name": None, "profile": None, "region": None}
_NEXT = """
Next
  ses-stack tail --since 10m          what went wrong lately
  ses-stack queue                     both lanes, the rate and the quota
  ses-stack streams                   each stream's bounces and complaints, and who paused it
  ses-stack dlq list                  the dead letters, and their causes
  ses-stack suppression list          the suppressed addresses, and why
  ses-stack local logs                what the functions say
  make down                           stop the local cloud
"""


def show(count: DemonstrationCount, counters: CampaignCounters, caused: Sequence[Suppression]) -> None:
    """Prints the whole result. `caused`: the suppressions that this run caused."""
    _show_events(count)
    _show_lanes(count.ledger)
    _show_counters(counters)
    _show_streams()
    _show_suppressions(caused)
    _show_examples(caused)
    _console.print(_NEXT)


def _show_events(count: DemonstrationCount) -> None:
    table = Table("event type", _number("published"), _number("stored"), "", box=SIMPLE)
    for kind in sorted(set(count.published) | set(count.stored)):
        published, stored = count.published[kind], count.stored[kind]
        table.add_row(kind, str(published), str(stored), "" if published == stored else "[red]differs[/red]")
    table.add_section()
    table.add_row("all", str(count.published.total()), str(count.stored.total()), "")
    _console.print(table)
    if count.pending or count.waiting:
        _console.print(f"{count.pending} events are still to be published, {count.waiting} to be weighed.")


def _show_lanes(ledger: Sequence[LedgerEntry]) -> None:
    statuses = Counter(entry.status.value for entry in ledger)
    summary = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items()))
    _console.print(f"{len(ledger)} requests: {summary}; {sending_rate(ledger):.1f} recipients a second")
    table = Table("lane", _number("sent"), _number("median, queue to SES"), _number("longest"), box=SIMPLE)
    for lane in lane_waits(ledger):
        table.add_row(lane.name, str(lane.sent), f"{lane.median_seconds:.2f} s", f"{lane.longest_seconds:.2f} s")
    _console.print(table)


def _show_counters(counters: CampaignCounters) -> None:
    columns = ("sent", "delivered", "bounced", "complained", "opened", "clicked")
    table = Table(Column("counted", no_wrap=True), *map(_number, columns), box=SIMPLE)
    for each in counters.streams:
        figures = (each.sends, each.deliveries, each.hard_bounces, each.complaints, each.opens, each.clicks)
        table.add_row(each.stream, *map(str, figures))
    _console.print(table)
    if not counters.complete:
        counted = sum(each.events for each in counters.streams)
        _console.print(f"{counted} events are counted, and {counters.stored} are stored.")


def _show_streams() -> None:
    """The guard's view: what it judges the campaign's stream by, and whether it is paused."""
    _console.print(printable("$ ses-stack streams", "bold"))
    streams(**_LOCAL_STACK)
    _console.print()


def _show_suppressions(caused: Sequence[Suppression]) -> None:
    table = Table("suppressed", "scope", "reason", box=SIMPLE)
    for (scope, reason), number in sorted(Counter((line.scope, str(line.reason)) for line in caused).items()):
        table.add_row(str(number), scope, reason)
    _console.print(table)


def _show_examples(caused: Sequence[Suppression]) -> None:
    example = next((line for line in caused if line.recipient.startswith("late-bounce+")), None)
    if example is None or example.message_id is None:
        return
    _console.print(printable(f"$ ses-stack timeline {example.message_id}", "bold"), soft_wrap=True)
    timeline(message_id=example.message_id, raw=False, **_LOCAL_STACK)
    _console.print()
    _console.print(printable(f"$ ses-stack recipient {example.recipient}", "bold"), soft_wrap=True)
    recipient(address=example.recipient, limit=50, page=None, **_LOCAL_STACK)


def _number(header: str) -> Column:
    return Column(header, justify="right")
