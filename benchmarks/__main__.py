"""Runs every benchmark, each in a process of its own."""

from __future__ import annotations

import argparse
import json
import pkgutil
import subprocess
import sys

from rich.console import Console

import benchmarks
from benchmarks.harness import table_of


def names() -> list[str]:
    """The benchmarks: the modules of this package that do not begin with an underscore, without `harness`."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_") and name != "harness")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of tables")
    as_json = parser.parse_args().json
    console = Console()
    documents = []
    failed = False
    for name in names():
        if not as_json:
            console.print(f"[dim]benchmark {name} ...")
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", "--json"], check=False, stdout=subprocess.PIPE, text=True
        )
        failed = failed or done.returncode != 0
        if not done.stdout:
            console.print(f"[red]benchmark {name} did not finish: exit code {done.returncode}")
            continue
        documents.append(json.loads(done.stdout))
        if not as_json:
            console.print(table_of(documents[-1]))
    if as_json:
        print(json.dumps(documents, indent=2))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
