"""Shared by all benchmarks: targets, the table, the JSON, the exit code."""

from __future__ import annotations

import argparse
import json
import operator
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

type Target = tuple[str, float]

_MEETS: Mapping[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Result:
    """The figures that a benchmark measured, and their targets."""

    benchmark: str
    figures: Mapping[str, float]
    targets: Mapping[str, Target] = field(default_factory=dict)

    @property
    def missed(self) -> list[str]:
        """The figures that miss their targets; a target without a figure is missed too."""
        return [name for name, target in self.targets.items() if not _met(self.figures.get(name), target)]

    def document(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {
            "benchmark": self.benchmark,
            "figures": dict(self.figures),
            "targets": {name: list(target) for name, target in self.targets.items()},
            "missed": self.missed,
        }


def run(measure: Callable[[], Result], arguments: list[str] | None = None) -> None:
    """A benchmark's main program: measures, prints, and exits with 1 if a target was missed."""
    parser = argparse.ArgumentParser(description=(sys.modules["__main__"].__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    as_json = parser.parse_args(arguments).json
    result = measure()
    if as_json:
        print(json.dumps(result.document(), indent=2))
    else:
        Console().print(table_of(result.document()))
    sys.exit(1 if result.missed else 0)


def table_of(document: Mapping[str, Any]) -> Table:
    """A result as `--json` prints it, as a table."""
    table = Table(title=f"benchmark {document['benchmark']}", title_justify="left")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for name, value in document["figures"].items():
        target = document["targets"].get(name)
        verdict = "" if target is None else "[red]missed" if name in document["missed"] else "[green]met"
        table.add_row(name, f"{value:,.6g}", "" if target is None else f"{target[0]} {target[1]:,g}", verdict)
    for name in document["missed"]:
        if name not in document["figures"]:
            table.add_row(name, "not measured", "{} {:,g}".format(*document["targets"][name]), "[red]missed")
    return table


def _met(value: float | None, target: Target) -> bool:
    comparison, bound = target
    return value is not None and _MEETS[comparison](value, bound)
