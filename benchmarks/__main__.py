"""Runs every benchmark, each in a process of its own, and says which targets were missed."""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

import benchmarks
from benchmarks.harness import table_of

# With more programs that want a processor than half the processors, they take time from the benchmarks.
_BUSY_SHARE = 0.5


def names() -> list[str]:
    """The benchmarks: the modules of this package that do not begin with an underscore, without `harness`."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_") and name != "harness")


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit code 1 if a target was missed, or a benchmark did not finish."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of tables")
    as_json = parser.parse_args(arguments).json
    notes = Console(stderr=True, highlight=False)
    if note := load_note(os.getloadavg()[0], os.cpu_count() or 1):
        notes.print(note)
    documents, unfinished = [], []
    for name in names():
        notes.print(f"[dim]benchmark {name} ...")
        document = measured(name)
        if document is None:
            unfinished.append(name)
            continue
        documents.append(document)
        if not as_json:
            Console().print(table_of(document))
    if as_json:
        print(json.dumps(documents, indent=2))
    for line in summary(documents, unfinished):
        notes.print(line)
    sys.exit(1 if unfinished or any(document["missed"] for document in documents) else 0)


def measured(name: str) -> dict[str, Any] | None:
    """A benchmark's result as `--json` prints it, with the seconds that it took; None if it did not finish."""
    start = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    return {**json.loads(done.stdout), "seconds": round(time.monotonic() - start, 1)} if done.stdout else None


def load_note(load: float, processors: int) -> str | None:
    """What to say if other programs keep the machine busy. `load` is the load average of a minute."""
    if load <= processors * _BUSY_SHARE:
        return None
    return (
        f"[yellow]Other programs are running (load {load:.1f}, processors {processors}): "
        "speeds are lower than on an idle machine, ratios spread wider."
    )


def summary(documents: Sequence[Mapping[str, Any]], unfinished: Sequence[str]) -> list[str]:
    """How many targets were met, how long each benchmark took, and what was missed."""
    targets = sum(len(document["targets"]) for document in documents)
    missed = [(document, name) for document in documents for name in document["missed"]]
    times = ", ".join(f"{document['benchmark']} {document['seconds']:.0f} s" for document in documents)
    lines = [f"{targets - len(missed)} of {targets} targets met ({times})"]
    for document, name in missed:
        comparison, bound = document["targets"][name]
        value = document["figures"].get(name, "not measured")
        lines.append(f"[red]missed: {document['benchmark']} {name}: {value}, wanted {comparison} {bound:g}")
    return [*lines, *(f"[red]benchmark {name} did not finish" for name in unfinished)]


if __name__ == "__main__":
    main()
