"""Shared by all benchmarks: targets, the table, the JSON, the exit code."""

from __future__ import annotations

import argparse
import json
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

type Target = tuple[str, float]
type Spread = tuple[float, float]

_FOUR_DIGITS = 1_000
_MEETS: Mapping[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Result:
    """The figures that a benchmark measured, and their targets.

    `spreads` has the lowest and the highest value of figures that were measured in several rounds.
    """

    benchmark: str
    figures: Mapping[str, float]
    targets: Mapping[str, Target] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)

    @property
    def missed(self) -> list[str]:
        """The figures that miss their targets; a target without a figure is missed too."""
        return [name for name, target in self.targets.items() if not _met(self.figures.get(name), target)]

    def document(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {
            "benchmark": self.benchmark,
            "figures": dict(self.figures),
            "spreads": {name: list(spread) for name, spread in self.spreads.items()},
            "targets": {name: list(target) for name, target in self.targets.items()},
            "missed": self.missed,
        }


def spreads_of(rounds: Mapping[str, Sequence[float]]) -> dict[str, Spread]:
    """The lowest and the highest value of each figure that was measured in rounds."""
    return {name: (round(min(values), 3), round(max(values), 3)) for name, values in rounds.items()}


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
    table = Table(title=f"benchmark {document['benchmark']}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("figure", overflow="fold")
    table.add_column("measured", justify="right")
    table.add_column("rounds", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for name, value in document["figures"].items():
        spread = " to ".join(map(_text, document["spreads"].get(name, ())))
        table.add_row(name, _text(value), spread, *_target_cells(document, name))
    for name in document["missed"]:
        if name not in document["figures"]:
            table.add_row(name, "not measured", "", *_target_cells(document, name))
    return table


def _target_cells(document: Mapping[str, Any], name: str) -> tuple[str, str]:
    """A figure's target, and whether it is met; empty if it has none."""
    if name not in document["targets"]:
        return "", ""
    comparison, bound = document["targets"][name]
    return f"{comparison} {_text(bound)}", "[red]missed" if name in document["missed"] else "[green]met"


def _text(value: float) -> str:
    """A number with four digits, or all digits of a longer whole part."""
    return f"{value:,.0f}" if abs(value) >= _FOUR_DIGITS else f"{value:.4g}"


def _met(value: float | None, target: Target) -> bool:
    comparison, bound = target
    return value is not None and _MEETS[comparison](value, bound)
