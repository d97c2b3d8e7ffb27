"""How long commands of `ses-stack` take to start, against the smallest programs of their kind.

`--help` against a Typer program with one command; `tail` against a program that makes a client with boto3 and calls
DynamoDB once, both against the same stand-in for AWS. The programs run in turns, so that a busy machine slows all of
them alike; each has its bytecode from a first turn that is not counted. A ratio is the median of the turns' ratios.
`dlq list` runs on a local cloud of its own, whose queues are empty.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._aws_stand_in import STACK, running
from benchmarks._local_cloud import local_cloud
from benchmarks.harness import Result, Target, run, spreads_of

ROUNDS = 15
LOCAL_ROUNDS = 5
TARGETS: Mapping[str, Target] = {
    "help_ratio": ("<=", 1.5),
    "tail_ratio": ("<=", 1.3),
    "dlq_list_seconds": ("<=", 1.5),
}
_HERE = Path(__file__).parent
_SES_STACK = (sys.executable, str(Path(sys.executable).with_name("ses-stack")))
_PROGRAMS: Mapping[str, Sequence[str]] = {
    "one_command": (sys.executable, str(_HERE / "_one_command.py"), "--help"),
    "one_call": (sys.executable, str(_HERE / "_one_call.py")),
    "version": (*_SES_STACK, "--version"),
    "help": (*_SES_STACK, "--help"),
    "tail": (*_SES_STACK, "tail", "--stack-name", STACK),
}
_RATIOS = {"help": "one_command", "tail": "one_call"}


@dataclass(frozen=True, slots=True)
class Start:
    """One run of a program, from its start to its end."""

    seconds: float
    processor_seconds: float


def measure() -> Result:
    with tempfile.TemporaryDirectory() as home, running() as address:
        environment = _environment(home) | {"AWS_ENDPOINT_URL": address}
        runs = _runs(_PROGRAMS, environment, ROUNDS)
        peaks = {f"{name}_peak_mb": _peak_mb(command, environment) for name, command in _PROGRAMS.items()}
    measured = {
        f"{name}_ratio": [mine.seconds / other.seconds for mine, other in zip(runs[name], runs[base], strict=True)]
        for name, base in _RATIOS.items()
    }
    measured |= {f"{name}_ms": [1_000 * each.seconds for each in starts] for name, starts in runs.items()}
    local = _on_a_local_cloud()
    figures = {name: statistics.median(values) for name, values in (measured | local).items()} | peaks
    return Result(
        "cli_start",
        {name: round(value, 3) for name, value in figures.items()},
        TARGETS,
        spreads_of(measured | local),
    )


def _on_a_local_cloud() -> dict[str, list[float]]:
    programs = {"dlq_list": (*_SES_STACK, "dlq", "list"), "queue": (*_SES_STACK, "queue")}
    with local_cloud():
        runs = _runs(programs, dict(os.environ), LOCAL_ROUNDS)
    seconds = {f"{name}_seconds": [each.seconds for each in runs[name]] for name in programs}
    return seconds | {f"{name}_processor_seconds": [each.processor_seconds for each in runs[name]] for name in programs}


def _runs(
    programs: Mapping[str, Sequence[str]], environment: Mapping[str, str], rounds: int
) -> Mapping[str, Sequence[Start]]:
    runs: dict[str, list[Start]] = {name: [] for name in programs}
    for _ in range(rounds + 1):
        for name, command in programs.items():
            runs[name].append(_start(command, environment))
    return {name: starts[1:] for name, starts in runs.items()}


def _start(command: Sequence[str], environment: Mapping[str, str]) -> Start:
    """Runs a program to its end. Its output goes into a pipe, as in a script."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, env=_compiling(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{process.stderr.read()}")
    return Start(seconds, usage.ru_utime + usage.ru_stime)


def _peak_mb(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """The resident set of a program at its largest. Linux counts the starting process in: a small one starts it."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    starter = [sys.executable, "-S", "-c", code, *command]
    done = subprocess.run(starter, env=_compiling(environment), check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def _environment(home: str) -> dict[str, str]:
    """Access to the stand-in only, without the user's AWS configuration."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SES_STACK_"))}
    return plain | {
        "HOME": home,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


def _compiling(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that keeps its bytecode."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


if __name__ == "__main__":
    run(measure)
