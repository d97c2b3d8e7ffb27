"""A simulator of Amazon SES: its SESv2 API over HTTP on loopback, its limits, and its events.

It is to the deployed stack on a laptop what SES is on AWS. Mail goes nowhere; what would happen to it is decided by the
recipients' addresses (see `provoke`), and published to the local cloud's EventBridge as SES publishes it.
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.app import create_app
from ses_stack_cli.local.simulator.cloud import Cloud, HttpCloud
from ses_stack_cli.local.simulator.provoke import PROVOKE, REJECT_MARKER
from ses_stack_cli.local.simulator.settings import Chaos, Settings
from ses_stack_cli.local.simulator.simulator import Simulator

__all__ = ["PROVOKE", "REJECT_MARKER", "Chaos", "Cloud", "HttpCloud", "Settings", "Simulator", "create_app"]
