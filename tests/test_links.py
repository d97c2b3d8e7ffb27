"""Links in the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
INLINE = re.compile(r"\]\(([^)\s]+)\)")
REFERENCE = re.compile(r"\[[^\]]+\]\[([^\]]+)\]")
DEFINITION = re.compile(r"^\[([^\]]+)\]:(.*)$", re.MULTILINE)


def text_of(path: Path) -> str:
    """A document without its code, which may have brackets of its own."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`", "", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    for link in INLINE.findall(path.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        if not name.startswith(("http:", "https:")):
            target = path.parent / name if name else path
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_every_reference_has_its_definition_on_a_line_of_its_own(path: Path) -> None:
    text = text_of(path)
    definitions = dict(DEFINITION.findall(text))
    assert all(re.fullmatch(r" \S+", target) for target in definitions.values()), definitions
    assert set(REFERENCE.findall(text)) == set(definitions)
