"""How long each function takes to start, against one that only creates a DynamoDB client with boto3.

The real runtime client (awslambdaric) runs each function's `app.handler` under the runtime interface emulator, whose
binary SAM CLI contains. The time is the emulator's INIT REPORT: from the start of the interpreter until the runtime
requests its first event. The start of the interpreter is part of it, as of Lambda's Init Duration: a function's own
share differs more from the baseline's than the ratio shows. The functions run with the layer as `sam build` makes it,
and compile nothing but their `app.py`. The baseline (`_baseline_function/app.py`) runs with the SDK alone, compiled
too: a competent engineer's function that makes a client outside its handler.
The runs of the functions alternate, so that a busy machine slows all of them alike. A ratio is the median of the
rounds' ratios, the milliseconds are medians too. The memory peak is the highest resident set of the runtime (VmHWM)
after one invocation without records.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks import _built_layer
from benchmarks._built_layer import LambdaFolders
from benchmarks._template import environment_of
from benchmarks.harness import Result, run, spreads_of
from ses_stack_cli.local import installation

ROUNDS = 9
HIGHEST_RATIO, SENDERS_HIGHEST_RATIO = 0.9, 0.8
_REPOSITORY = Path(__file__).parent.parent
_BASELINE = Path(__file__).parent / "_baseline_function"
_REPORT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")
_DONE = "INIT RTDONE(status: success)"
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start."""

    init_ms: float
    peak_mb: float


def measure() -> Result:
    functions = {app.parent.name: app.parent for app in sorted(_REPOSITORY.glob("functions/*/app.py"))}
    folders = {"baseline": _BASELINE} | functions
    with tempfile.TemporaryDirectory() as scratch:
        start = partial(_start, _emulator(), _built_layer.make(Path(scratch)))
        for folder in folders.values():
            start(folder)  # reads the files from the disk
        rounds = [{name: start(folder) for name, folder in folders.items()} for _ in range(ROUNDS)]
    measured = {f"{name}_init_ratio": [_ratio(each, name) for each in rounds] for name in functions}
    measured |= {f"{name}_init_ms": [each[name].init_ms for each in rounds] for name in folders}
    figures = {name: statistics.median(values) for name, values in measured.items()}
    figures |= {f"{name}_peak_mb": max(each[name].peak_mb for each in rounds) for name in folders}
    return Result(
        "cold_start",
        {name: round(value, 3) for name, value in figures.items()},
        {
            f"{name}_init_ratio": ("<=", SENDERS_HIGHEST_RATIO if name == "sender" else HIGHEST_RATIO)
            for name in functions
        },
        spreads_of(measured),
    )


def _ratio(starts: Mapping[str, Start], function: str) -> float:
    return starts[function].init_ms / starts["baseline"].init_ms


def _emulator() -> Path:
    """The runtime interface emulator for this machine's processor."""
    machine = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    python = installation.program(installation.SAM_CLI).with_name("python")
    find = "import pathlib, samcli; print(pathlib.Path(samcli.__file__).parent / 'local' / 'rapid')"
    found = subprocess.run([python, "-c", find], check=True, capture_output=True, text=True).stdout.strip()
    return Path(found) / f"aws-lambda-rie-{machine}"


def _start(emulator: Path, packages: LambdaFolders, folder: Path) -> Start:
    """Starts a function, invokes it with an empty batch, and stops it."""
    address, runtime = _free_address(), _free_address()
    addresses = ["--runtime-interface-emulator-address", address, "--runtime-api-address", runtime]
    command = [str(emulator), *addresses, _built_layer.interpreter(), "-m", "awslambdaric", "app.handler"]
    environment = packages.environment(has_layer=folder != _BASELINE) | _environment(folder)
    with tempfile.TemporaryFile("w+") as log, _running(command, folder, environment, log.fileno()) as process:
        _invoke(address)
        peak = max(_peak_mb(child) for child in _children(process.pid))
        log.seek(0)
        text = log.read()
    report = _REPORT.search(text)
    if _DONE not in text or report is None:
        raise SystemExit(f"{folder.name} did not start:\n{text}")
    return Start(float(report[1]), peak)


def _environment(folder: Path) -> dict[str, str]:
    """A function's environment, as the template and Lambda set it."""
    return environment_of(str(folder.relative_to(_REPOSITORY))) | {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # no server listens there
        "AWS_LAMBDA_FUNCTION_NAME": folder.name,
        "LAMBDA_TASK_ROOT": str(folder),
    }


@contextlib.contextmanager
def _running(
    command: list[str], folder: Path, environment: dict[str, str], log: int
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the process group of the session that Popen made


def _invoke(address: str) -> None:
    url = f"http://{address}/2015-03-31/functions/function/invocations"
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while True:
        try:
            with urlopen(url, b'{"Records": []}', timeout=_TIMEOUT_SECONDS) as answer:
                answer.read()
            return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _children(parent: int) -> list[int]:
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for listed in lists for child in listed.read_text().split()]


def _peak_mb(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    run(measure)
