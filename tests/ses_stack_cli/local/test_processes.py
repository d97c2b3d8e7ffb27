"""Processes: run to their end, started, waited for, stopped with their children."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ses_stack_cli.local import processes, state
from ses_stack_cli.local.errors import StepError

ENVIRONMENT = {"PATH": os.environ["PATH"], "GREETING": "hello"}


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_commands_output_goes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "step.log"
    processes.run("Step", python("import os; print(os.environ['GREETING'])"), environment=ENVIRONMENT, log=log)
    assert log.read_text() == "hello\n"


def test_a_failed_command_shows_the_end_of_its_output(tmp_path: Path) -> None:
    code = "print(*range(100), sep='\\n'); raise SystemExit(3)"
    with pytest.raises(StepError, match="Step failed") as raised:
        processes.run("Step", python(code), environment=ENVIRONMENT, log=tmp_path / "step.log")
    assert raised.value.output.splitlines() == [str(number) for number in range(40, 100)]


def test_a_server_is_started_and_stopped_with_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "server.log"
    pid = processes.start(python(code), environment=ENVIRONMENT, log=log)
    processes.wait_ready("Starting", pid, lambda: log.read_text().endswith("\n"), log=log)
    child = int(log.read_text())
    assert state.process_alive(pid)
    assert state.process_alive(child)
    processes.stop(pid)
    assert not state.process_alive(pid)
    assert not state.process_alive(child)
    processes.stop(pid)  # a second time does nothing


def test_a_server_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.1)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    log = tmp_path / "server.log"
    pid = processes.start(python(code), environment=ENVIRONMENT, log=log)
    processes.wait_ready("Starting", pid, lambda: log.read_text() == "up\n", log=log)
    monkeypatch.setattr(processes, "_STOP_SECONDS", 3)
    processes.stop(pid)
    assert not state.process_alive(pid)


def test_a_server_that_ends_at_once_is_reported(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    pid = processes.start(python("raise SystemExit('port in use')"), environment=ENVIRONMENT, log=log)
    with pytest.raises(StepError) as raised:
        processes.wait_ready("Starting", pid, lambda: False, log=log)
    assert raised.value.output == "port in use"
    processes.stop(pid)


def test_only_one_process_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "folder" / "lock"
    attempt = f"import fcntl; fcntl.flock(open({str(lock)!r}, 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with processes.exclusive(lock):
        assert subprocess.run(python(attempt), check=False, stderr=subprocess.DEVNULL).returncode != 0
    assert subprocess.run(python(attempt), check=False).returncode == 0


def test_a_free_port_can_be_listened_on() -> None:
    port = processes.free_port()
    assert 20_000 <= port < 32_000
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert processes.tail(log) == ""
    log.write_bytes(b"one\ntwo\n\xffthree\n")
    assert processes.tail(log, lines=2) == "two\n\ufffdthree"
