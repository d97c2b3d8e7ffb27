"""scripts/redrive.py, which redrives without an installed package."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys

import pytest

from ses_stack_cli.dlq import stack
from tests.ses_stack_cli.conftest import STACK, Cli
from tests.support.paths import ROOT

SCRIPT = ROOT / "scripts" / "redrive.py"


def script(*arguments: str) -> int:
    main = runpy.run_path(str(SCRIPT))["main"]
    return int(main([*arguments, "--stack-name", STACK]))


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script puts the repository's folders on the path: not for the tests after it."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.usefixtures("path")
def test_the_script_does_the_same(filled: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    dry = filled.json("dlq", "redrive", "--dry-run")
    assert script() == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == dry | {"dry_run": False}
    assert "--malformed includes them" in printed.err
    assert script("--malformed", "--type", "Send", "--queue", "event") == 0
    assert filled.depth("EventDeadLetterQueue") == (0, 0)


@pytest.mark.usefixtures("path", "cli")
def test_the_script_explains_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert script("--queue", "nope") == 1
    assert capsys.readouterr().err == "there is no dead-letter queue 'nope'; there are event, rule\n"
    for wrong in (["--rate", "0"], ["--limit", "x"], ["--type", "bounced"]):
        with pytest.raises(SystemExit, match="2"):
            script(*wrong)


@pytest.mark.usefixtures("path")
def test_without_pydantic_the_script_puts_letters_back_unread(
    filled: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "CAN_PARSE", False)
    assert script("--queue", "event") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["redriven"] == 5
    assert "without being read" in printed.err
    with pytest.raises(SystemExit, match="2"):
        script("--cause", "x")


def test_the_script_needs_boto3_and_no_other_package() -> None:
    """None in `sys.modules` stands for a package that is not installed."""
    missing = ("typer", "click", "rich", "pydantic", "httpx", "starlette", "aws_lambda_powertools")
    code = (
        "import runpy, sys\n"
        f"sys.modules |= dict.fromkeys({missing!r})\n"
        "sys.argv = ['redrive.py', '--help']\n"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--stack-name" in done.stdout
