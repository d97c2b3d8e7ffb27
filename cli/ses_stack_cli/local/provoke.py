"""`ses-stack local provoke`: how to make each event type happen."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from ses_stack_cli.local.simulator.events.provoke import PROVOKE
from ses_stack_cli.options import json_option
from ses_stack_cli.output import print_note, print_table


@json_option
def provoke(*, as_json: bool) -> None:
    """Show how to make each of the ten event types happen: what to send, and to whom.

    Example:
      ses-stack local provoke
    """
    if as_json:
        Console().print_json(data={"provoke": [asdict(way) for way in PROVOKE]})
        return
    print_table(("EVENT", "HOW", "WHAT FOLLOWS"), ([way.event, way.how, way.follows] for way in PROVOKE))
    print_note("the words work at any domain, and a +label may follow them: bounce+anything@example.org")
