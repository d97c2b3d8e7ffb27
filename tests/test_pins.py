"""What the repository installs: exact versions with hashes, from whatever index the machine is set up for."""

from __future__ import annotations

import re

import pytest

from ses_stack_cli.local import installation
from tests.support.paths import ROOT

PINNED = [
    "requirements-dev.txt",
    "layers/shared/requirements.txt",
    "tools/uv.txt",
    "tools/sam.txt",
    "tools/ministack.txt",
]
REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(\[[^]]+\])?==([^\s;]+)( ; [^\\]+?)?((?: --hash=sha256:[0-9a-f]{64})+)")


def requirements(path: str) -> list[str]:
    """The requirements of a file, each on one line, without comments."""
    lines = [line for line in (ROOT / path).read_text().splitlines() if line and not line.lstrip().startswith("#")]
    joined = re.sub(r" \\\n\s+", " ", "\n".join(lines))
    return joined.splitlines()


def pinned(path: str) -> dict[str, str]:
    """The version of each package in a file."""
    matches = [REQUIREMENT.fullmatch(line) for line in requirements(path)]
    assert all(matches), [line for line, match in zip(requirements(path), matches, strict=True) if not match]
    return {match[1]: match[3] for match in matches if match}


def test_no_other_file_pins_packages() -> None:
    found = [*ROOT.glob("*requirements*.txt"), *ROOT.glob("layers/*/*.txt"), *ROOT.glob("functions/*/*.txt")]
    found += ROOT.glob("tools/*.txt")
    assert {path.relative_to(ROOT).as_posix() for path in found} == set(PINNED)


@pytest.mark.parametrize("path", PINNED)
def test_every_package_has_one_version_and_its_hashes(path: str) -> None:
    assert pinned(path)


@pytest.mark.parametrize("path", PINNED)
def test_no_pins_name_a_package_host(path: str) -> None:
    """A line such as --index-url or --find-links would send other machines to a host that they may not reach."""
    text = (ROOT / path).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^\s+--hash=", "", text, flags=re.MULTILINE), re.MULTILINE)


@pytest.mark.parametrize("tool", ["uv", installation.SAM_CLI, installation.EMULATOR])
def test_a_tool_has_the_version_that_was_chosen(tool: str) -> None:
    chosen = dict(
        line.split("#")[0].strip().split("==") for line in (ROOT / f"tools/{tool}.in").read_text().splitlines()
    )
    assert chosen.items() <= pinned(f"tools/{tool}.txt").items()


def test_nothing_is_installed_without_hashes() -> None:
    """`make setup` and `sam build`. The project itself is no package of an index: its build tool is pinned too."""
    for makefile in ("Makefile", "layers/shared/Makefile"):
        text = (ROOT / makefile).read_text().replace("\\\n", " ")
        installs = [line for line in text.splitlines() if re.search(r"pip (install|sync)", line)]
        assert installs
        for line in installs:
            assert "--require-hashes" in line or {"--no-deps", "--no-build-isolation"} <= set(line.split()), line
    assert "setuptools" in pinned("requirements-dev.txt")


def test_no_tool_is_fetched_when_it_runs() -> None:
    """`uv tool run` and `uvx` choose what a tool stands on anew, without hashes."""
    for path in (
        ROOT / "Makefile",
        *ROOT.glob("cli/**/*.py"),
        *ROOT.glob("benchmarks/*.py"),
        *ROOT.glob("scripts/*.py"),
    ):
        assert not re.search(r'\buvx\b|\btool", "run"|uv\)? tool run', path.read_text()), path
