#!/usr/bin/env python3
"""Put dead letters back, with nothing but this repository and boto3: no installation, no `ses-stack` command.

    python scripts/redrive.py --stack-name ses-stack --dry-run
    python scripts/redrive.py --stack-name ses-stack --queue event --rate 50

It redrives as `ses-stack dlq redrive` does, without a progress bar and without asking. Without pydantic, messages are
not parsed: their causes stay unknown, and --cause and --type cannot be used.
"""

# ruff: noqa: E402 - the repository's own folders have to be on the path first

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("layers/shared", "cli")]

from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.dead_letters.redrive import RedriveOptions, redrive_all
from ses_stack.dead_letters.selection import Selection
from ses_stack.dead_letters.summary import redrive_document, remarks
from ses_stack.errors import SesStackError
from ses_stack.mail.event_types import EventType
from ses_stack_cli.aws_errors import sentence
from ses_stack_cli.dlq.stack import CAN_PARSE, SummaryRecorder, ports_of, queues_of
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.stopping import stoppable
from ses_stack_cli.target import Target, connect


def main(arguments: list[str] | None = None) -> int:
    """Redrives, prints the summary as JSON, and returns the exit code."""
    options = _options(arguments)
    if not CAN_PARSE:
        print("pydantic is not installed: letters are put back without being read", file=sys.stderr)
    try:
        stack = StackOptions(stack_name=options.stack_name, profile=options.profile, region=options.region)
        return _redrive(options, connect(stack))
    except SesStackError as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(sentence(error), file=sys.stderr)
    return 1


def _redrive(arguments: argparse.Namespace, target: Target) -> int:
    queues = queues_of(target, arguments.queue)
    selection = Selection.at(
        time.time(), cause=arguments.cause, types=frozenset(arguments.type), malformed=arguments.malformed
    )
    options = RedriveOptions(selection=selection, rate=arguments.rate, limit=arguments.limit, dry_run=arguments.dry_run)
    with stoppable() as stop:
        recorder = SummaryRecorder(stop)
        try:
            redrive_all(queues, ports_of(target), options, recorder)
        finally:
            print(json.dumps(redrive_document(recorder.summaries), indent=2))
    for remark in (remark for summary in recorder.summaries for remark in remarks(summary)):
        print(remark, file=sys.stderr)
    return stop.exit_code or recorder.exit_code()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Put dead letters back into the queues they came from.")
    parser.add_argument("--stack-name", help="a deployed stack; without it, the local cloud")
    parser.add_argument("--profile", help="AWS profile")
    parser.add_argument("--region", help="AWS region")
    parser.add_argument("--queue", help="one dead-letter queue, such as event; without it, all")
    parser.add_argument("--cause", help="only letters whose cause contains this text")
    parser.add_argument("--type", action="append", default=[], type=_type, help="only this event type; repeatable")
    parser.add_argument("--malformed", action="store_true", help="put back what still cannot be parsed, too")
    parser.add_argument("--rate", type=_positive(float), help="letters a second at most")
    parser.add_argument("--limit", type=_positive(int), help="put back this many at most")
    parser.add_argument("--dry-run", action="store_true", help="show what would be put back, and change nothing")
    options = parser.parse_args(arguments)
    if not CAN_PARSE and (options.cause or options.type):
        parser.error("--cause and --type need pydantic: pip install -r layers/shared/requirements.txt")
    return options


def _type(name: str) -> EventType:
    kind = EventType.from_name(name)
    if kind is EventType.UNKNOWN and name != EventType.UNKNOWN:
        raise argparse.ArgumentTypeError(f"{name!r} is not an event type")
    return kind


def _positive[N: (int, float)](kind: Callable[[str], N]) -> Callable[[str], N]:
    def number(text: str) -> N:
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError("must be above zero")
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
