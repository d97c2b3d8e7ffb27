"""Processes: run to their end, started, waited for, stopped with their children."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ses_stack_cli.local import processes
from ses_stack_cli.local.errors import LocalCloudError, StepError
from ses_stack_cli.local.identity import ServerProcess, identified

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
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], stdout=subprocess.DEVNULL);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "server.log"
    server = processes.start(python(code), environment=ENVIRONMENT, log=log)
    processes.wait_ready("Starting", server, lambda: log.read_text().endswith("\n"), log=log)
    child = identified(int(log.read_text()))
    assert server.runs()
    assert child.runs()
    processes.stop(server)
    assert not server.runs()
    assert not child.runs()
    processes.stop(server)  # a second time does nothing


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Another program, which got a process id that was once a server's."""
    with subprocess.Popen(python("import time; time.sleep(60)"), start_new_session=True) as process:
        yield process
        process.kill()


def test_a_stranger_with_the_servers_process_id_is_not_stopped(stranger: subprocess.Popen[bytes]) -> None:
    now = identified(stranger.pid)
    ticks = now.started.split()[-1]
    for earlier in ("", f"another-boot {ticks}", now.started.replace(ticks, str(int(ticks) - 1))):
        processes.stop(ServerProcess(stranger.pid, earlier))
        assert stranger.poll() is None
    processes.stop(now)
    assert stranger.wait(5) != 0


def test_children_of_a_server_that_ended_by_itself_are_stopped(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], stdout=subprocess.DEVNULL);"
        "print(child.pid, flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        python(code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin
        assert process.stdout
        server = identified(process.pid)
        child = identified(int(process.stdout.readline()))
        process.communicate(b"\n")
    assert not server.runs()
    assert child.runs()
    processes.stop(server)
    assert not child.runs()


def test_a_server_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.1)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    log = tmp_path / "server.log"
    server = processes.start(python(code), environment=ENVIRONMENT, log=log)
    processes.wait_ready("Starting", server, lambda: log.read_text() == "up\n", log=log)
    monkeypatch.setattr(processes, "_STOP_SECONDS", 3)
    processes.stop(server)
    assert not server.runs()


def test_a_server_that_ends_at_once_is_reported(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    server = processes.start(python("raise SystemExit('port in use')"), environment=ENVIRONMENT, log=log)
    with pytest.raises(StepError) as raised:
        processes.wait_ready("Starting", server, lambda: False, log=log)
    assert raised.value.output == "port in use"
    processes.stop(server)


def test_a_command_that_a_full_disk_cut_short_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(StepError) as raised:
        processes.run(
            "Step", python("raise SystemExit('half a tr')"), environment=ENVIRONMENT, log=tmp_path / "step.log"
        )
    assert str(raised.value) == f"Step failed: the disk of {tmp_path} is full"
    assert raised.value.output == "half a tr"


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = tmp_path / "logs" / "step.log"
    with pytest.raises(LocalCloudError, match=rf"{re.escape(str(log))} cannot be written: File exists"):
        processes.run("Step", python(""), environment=ENVIRONMENT, log=log)


def test_only_one_process_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "folder" / "lock"
    attempt = f"import fcntl; fcntl.flock(open({str(lock)!r}, 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with processes.exclusive(lock):
        assert subprocess.run(python(attempt), check=False, stderr=subprocess.DEVNULL).returncode != 0
    assert subprocess.run(python(attempt), check=False).returncode == 0


def test_who_waits_for_a_lock_is_informed_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = (
        f"import fcntl, sys; file = open({str(lock)!r}, 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(python(holder), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        release = process.stdin.close  # the holder ends, and with it its lock
        with processes.exclusive(lock, on_wait=release):
            assert process.wait(5) == 0
    with processes.exclusive(lock, on_wait=lambda: pytest.fail("the lock was free")):
        pass


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
