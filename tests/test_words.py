"""Words: docs and code are read at night by engineers whose first language is not English."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

# Each hides the actor. Write "the worker", "the operator", "SES answered", "the caller passes".
RIDDLES = re.compile(r"\b(somebody|nobody|whoever|told|spoken|mend(s|ed|ing)?|hither)\b", re.IGNORECASE)
FOLDERS = ("layers/shared/ses_stack", "cli", "functions", "benchmarks", "scripts", "docs")
PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LONGEST_LINE = 120


def texts() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name.startswith(FOLDERS) or "/" not in name]
    return [ROOT / name for name in names if name.endswith((".py", ".md", ".yaml", ".toml")) and (ROOT / name).exists()]


def test_texts_name_the_actor() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if RIDDLES.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_lines_of_prose_are_short(path: Path) -> None:
    in_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        in_code ^= line.startswith("```")
        if not in_code and not line.startswith(("|", "    ", "```")):
            assert len(line) <= LONGEST_LINE, f"line {number}"
