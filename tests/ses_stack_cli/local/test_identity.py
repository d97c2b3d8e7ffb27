"""A process id is a process only together with its start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ses_stack_cli.local import identity
from ses_stack_cli.local.identity import ServerProcess, identified


def test_this_process_runs() -> None:
    assert identified(os.getpid()).runs()


def test_another_start_is_another_process() -> None:
    mine = identified(os.getpid())
    boot, ticks = mine.started.split()
    for other in (f"{boot} {int(ticks) + 1}", f"other-boot {ticks}", ""):
        assert not ServerProcess(mine.pid, other).runs()
        assert not ServerProcess(mine.pid, other).is_known()
        assert not ServerProcess(mine.pid, other).may_have_children()


def test_a_zombie_is_known_and_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = identified(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nothing has collected it
    assert process.is_known()
    assert not process.runs()
    child.wait()
    assert not process.is_known()
    assert process.may_have_children()


def test_after_a_restart_of_the_machine_there_are_no_children() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert identified(child.pid) == ServerProcess(child.pid, "")
    assert not ServerProcess(child.pid, "other-boot 1").may_have_children()


def test_without_proc_ps_says_when_a_process_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS. `ps` is a script here: it prints what that of macOS prints."""
    ps = tmp_path / "ps"
    ps.write_text('#!/bin/sh\n[ "$4" = 7 ] && echo "Wed Nov 25 02:52:34 2026    "\nexit 0\n')
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(identity, "_PROC", tmp_path / "no-proc")
    assert identified(7) == ServerProcess(7, "Wed Nov 25 02:52:34 2026")
    assert identified(7).runs()
    assert identified(8) == ServerProcess(8, "")
    assert not ServerProcess(7, "Tue Nov 24 02:52:34 2026").runs()
