"""The suppression list: importing 100,000 lines, and the round trips of a check.

The command `ses-stack suppression import` runs in its own process, against the stand-in for DynamoDB, which answers
each call after 5 ms. The memory peak is that of this process. The table is empty before, which is the usual case.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.session import Session

from benchmarks._dynamodb_stand_in import received, running
from benchmarks.harness import Result, Target, run
from ses_stack.client import Suppressions

LINES = 100_000
_SESSION = boto3.Session("benchmark", "benchmark", region_name="eu-west-1")
_MB_IN_KB = 1024 if sys.platform != "darwin" else 1024 * 1024
_OUTPUTS = {
    "SuppressionTableName": "suppressions",
    "SuppressionPolicy": '{"threshold": 3, "window_days": 7, "suppression_days": 14, "sync": true}',
}
TARGETS: Mapping[str, Target] = {
    "import_lines_per_second": (">=", 3_000),
    "import_peak_mb": ("<=", 150),
    "check_round_trips_1": ("<=", 1),
    "check_round_trips_50": ("<=", 1),
    "check_round_trips_100": ("<=", 1),
}


def measure() -> Result:
    with running() as address, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        _write(file)
        imported = _imported(address, file)
        received(address)
        trips = {f"check_round_trips_{count}": _trips(address, count) for count in (1, 50, 100)}
        milliseconds = _milliseconds(address)
    figures = {
        "import_lines_per_second": round(imported["added"] / imported["seconds"], 1),
        "import_peak_mb": round(imported["peak_mb"], 1),
        **trips,
        "check_milliseconds_100": round(milliseconds, 2),
    }
    return Result("suppression", figures, TARGETS)


def _write(file: Path) -> None:
    chance = Random(26)
    with file.open("w", encoding="utf-8") as output:
        output.write("email,reason,event_time,subtype\n")
        for number in range(LINES):
            day, second = chance.randint(1, 28), chance.randrange(60)
            output.write(f"Person.{number:06}@example{chance.randrange(500)}.org,bounce,")
            output.write(f"2026-02-{day:02}T10:20:{second:02}Z,General\n")


def _imported(address: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.suppression", "--import", address, str(file)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, Any] = json.loads(output)
    if figures["added"] != LINES:
        raise SystemExit(f"{figures['added']} of {LINES} lines were imported")
    return figures


def _import(address: str, file: str) -> None:
    """The measured process: the real command, on a stack whose DynamoDB is the stand-in."""
    from ses_stack_cli.signed import access_at  # noqa: PLC0415
    from ses_stack_cli.suppression import (  # noqa: PLC0415 -- only the measured process loads it
        target as suppression_target,
    )
    from ses_stack_cli.suppression.import_file import import_list  # noqa: PLC0415
    from ses_stack_cli.target import Target as Stack  # noqa: PLC0415

    session = Session()
    session.set_credentials("benchmark", "benchmark")
    signed = access_at(address, session, "eu-west-1", trusted=None)
    stack = Stack(stack="benchmark", outputs=_OUTPUTS, client=lambda _: _client(address), signed=signed)
    suppression_target.connect = lambda *_, **__: stack  # type: ignore[attr-defined]
    started, output = time.perf_counter(), io.StringIO()
    with contextlib.redirect_stdout(output):
        import_list(file=Path(file), scope="*", as_json=True, stack_name=None, profile=None, region=None)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB_IN_KB
    print(json.dumps({**json.loads(output.getvalue()), "seconds": seconds, "peak_mb": peak}))


def _client(address: str) -> Any:
    return _SESSION.client("dynamodb", endpoint_url=address)


def _trips(address: str, count: int) -> int:
    client = _client(address)
    Suppressions("suppressions", client=lambda _: client).check(
        [f"person.{number}@example.org" for number in range(count)], "marketing", "offers"
    )
    return int(received(address)["calls"])


def _milliseconds(address: str) -> float:
    client = _client(address)
    suppressions = Suppressions("suppressions", client=lambda _: client)
    addresses = [f"person.{number}@example.org" for number in range(100)]
    suppressions.check(addresses, "marketing")
    started = time.perf_counter()
    for _ in range(50):
        suppressions.check(addresses, "marketing")
    return 1_000 * (time.perf_counter() - started) / 50


if __name__ == "__main__":
    if sys.argv[1:2] == ["--import"]:
        _import(*sys.argv[2:])
    else:
        run(measure)
