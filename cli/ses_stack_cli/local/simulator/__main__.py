"""`python -m ses_stack_cli.local.simulator`: runs the simulator on loopback."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence

import uvicorn

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.account.limiters import Limiter
from ses_stack_cli.local.simulator.app import create_app
from ses_stack_cli.local.simulator.emulator.client import HttpEmulator
from ses_stack_cli.local.simulator.events.provoke import table
from ses_stack_cli.local.simulator.settings import (
    ONLY_DELIVERED,
    PRODUCTION_24_HOUR_SEND,
    PRODUCTION_SEND_RATE,
    REALISTIC,
    SANDBOX_24_HOUR_SEND,
    SANDBOX_SEND_RATE,
    Chaos,
    Settings,
)
from ses_stack_cli.local.simulator.simulator import Simulator


def parser() -> argparse.ArgumentParser:
    """The options, and the table of how to provoke each event type."""
    options = argparse.ArgumentParser(
        prog="python -m ses_stack_cli.local.simulator",
        description="Stands in for Amazon SES on this machine: the SESv2 API, and its events on EventBridge.",
        epilog=f"How to provoke each event type (at any domain; a +label may follow the word):\n\n{table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add("--port", type=int, required=True, help="the port to listen on, on 127.0.0.1")
    add("--aws-endpoint", required=True, help="the local cloud: configuration sets and EventBridge")
    add("--ca-bundle", help="a file with the certificate to trust at the local cloud, if it speaks TLS")
    add("--region", default="us-east-1")
    add("--account-id", default="000000000000")
    add("--seed", type=int, default=0, help="seed of all random decisions (default 0)")
    add("--latency-scale", type=float, default=1.0, help="1 is SES's pace, 0 publishes at once (default 1)")
    add("--sandbox", action="store_true", help="a new account: only verified identities send and receive mail")
    add("--verified", action="append", default=[], metavar="IDENTITY", help="verified in the sandbox; repeatable")
    add("--max-send-rate", type=float, help="recipients a second (default 14, in the sandbox 1)")
    add(
        "--limiter",
        choices=tuple(Limiter),
        default=Limiter.STRICT,
        type=Limiter,
        help="how the rate is enforced: no second above it (strict, the default), a token bucket that holds one"
        " second's recipients (bucket), or a tenth more in a second but not in ten (lenient)",
    )
    add(
        "--max-24-hour-send",
        type=float,
        help="recipients in 24 hours; -1: no limit (default 50000, in the sandbox 200)",
    )
    add(
        "--control-plane-rate",
        type=float,
        default=0.0,
        help="calls a second of operations that do not send; 0: no limit (default)",
    )
    add("--ordinary", choices=("realistic", "delivered"), default="realistic", help="what ordinary addresses do")
    add(
        "--enforce-iam", action="store_true", help="deny calls that the caller's role in the local cloud does not allow"
    )
    for name, effect in (
        ("duplicate", "published twice"),
        ("shuffle", "moved by up to --chaos-shuffle-seconds"),
        ("delay", "held back by up to --chaos-delay-seconds"),
        ("drop", "never published"),
    ):
        add(f"--chaos-{name}", type=float, default=0.0, metavar="RATE", help=f"share of events {effect}")
    add("--chaos-shuffle-seconds", type=float, default=2.0, metavar="SECONDS")
    add("--chaos-delay-seconds", type=float, default=30.0, metavar="SECONDS")
    return options


def settings(arguments: argparse.Namespace) -> Settings:
    """The settings that the options give. Raises `ValueError` for values that are not valid."""
    rate, quota = _limits(arguments)
    return Settings(
        region=arguments.region,
        account_id=arguments.account_id,
        seed=arguments.seed,
        latency_scale=arguments.latency_scale,
        shares=REALISTIC if arguments.ordinary == "realistic" else ONLY_DELIVERED,
        sandbox=arguments.sandbox,
        verified=frozenset(map(address_key, arguments.verified)),
        max_send_rate=rate,
        limiter=arguments.limiter,
        max_24_hour_send=quota,
        control_plane_rate=arguments.control_plane_rate,
        enforce_iam=arguments.enforce_iam,
        url=f"http://127.0.0.1:{arguments.port}",
        chaos=Chaos(
            duplicate=arguments.chaos_duplicate,
            shuffle=arguments.chaos_shuffle,
            delay=arguments.chaos_delay,
            drop=arguments.chaos_drop,
            shuffle_seconds=arguments.chaos_shuffle_seconds,
            delay_seconds=arguments.chaos_delay_seconds,
        ),
    )


def _limits(arguments: argparse.Namespace) -> tuple[float, float]:
    """The rate and the quota: as given, else those of the sandbox or of production."""
    rate, quota = (
        (SANDBOX_SEND_RATE, SANDBOX_24_HOUR_SEND)
        if arguments.sandbox
        else (PRODUCTION_SEND_RATE, PRODUCTION_24_HOUR_SEND)
    )
    given_rate, given_quota = arguments.max_send_rate, arguments.max_24_hour_send
    return rate if given_rate is None else given_rate, quota if given_quota is None else given_quota


def main(argv: Sequence[str] | None = None) -> None:
    """Runs until a signal stops it."""
    options = parser()
    arguments = options.parse_args(argv)
    try:
        chosen = settings(arguments)
    except ValueError as error:
        options.error(str(error))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    emulator = HttpEmulator(arguments.aws_endpoint, arguments.region, time.time, ca_bundle=arguments.ca_bundle)
    uvicorn.run(
        create_app(Simulator(chosen, emulator)),
        host="127.0.0.1",
        port=arguments.port,
        access_log=False,
        log_level="info",
    )


if __name__ == "__main__":
    main()
