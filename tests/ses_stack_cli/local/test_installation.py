"""Installing the tools: once, with hashes, again when something changed; what fails says so."""

from __future__ import annotations

import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ses_stack_cli.local import installation, processes, state
from ses_stack_cli.local.errors import LocalCloudError, StepError


class Uv:
    """Stands in for uv: makes an environment and the program that is pinned. `fails`: the subcommand that fails."""

    def __init__(self) -> None:
        self.commands: list[Sequence[str]] = []
        self.fails = ""

    def run(self, step: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        self.commands.append(command)
        if self.fails == command[1]:
            raise StepError(step, "no such host")
        if command[1] == "venv":
            home = Path(command[-1])
            for left in (home / "bin").glob("*"):
                left.unlink()
            (home / ".installed").unlink(missing_ok=True)
            (home / "bin").mkdir(parents=True, exist_ok=True)
        else:
            names = {"aws-sam-cli": "sam"}
            pinned = Path(command[-1]).read_text().partition("==")[0]
            (Path(command[command.index("--python") + 1]).parent / names.get(pinned, pinned)).touch()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with uv, and the pins of SAM CLI."""
    monkeypatch.setattr(state, "project", lambda: tmp_path)
    for name, text in ((".tools/uv/bin/uv", ""), ("tools/sam.txt", "aws-sam-cli==1.0 --hash=sha256:00\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> Uv:
    stand_in = Uv()
    monkeypatch.setattr(processes, "run", stand_in.run)
    return stand_in


def test_a_tool_is_installed_with_hashes_into_an_environment_of_its_own(project: Path, uv: Uv) -> None:
    program = installation.program("sam")
    assert program == project / ".tools" / "sam" / "bin" / "sam"
    assert program.exists()
    made, filled = uv.commands
    assert list(made[:3]) == [str(project / ".tools/uv/bin/uv"), "venv", "--clear"]
    assert "--require-hashes" in filled
    assert filled[-1] == str(project / "tools" / "sam.txt")


def test_a_tool_that_is_installed_runs_without_uv_and_without_a_network(project: Path, uv: Uv) -> None:
    program = installation.program("sam")
    uv.commands.clear()
    (project / ".tools/uv/bin/uv").unlink()
    assert installation.program("sam") == program
    assert uv.commands == []


def change_pins(project: Path, _: pytest.MonkeyPatch) -> None:
    (project / "tools/sam.txt").write_text("aws-sam-cli==2.0 --hash=sha256:11\n")


def change_python(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(project / "python3.14"))


def move(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project.rename(project.with_name("moved"))
    monkeypatch.setattr(state, "project", lambda: project.with_name("moved"))


def lose_program(project: Path, _: pytest.MonkeyPatch) -> None:
    (project / ".tools/sam/bin/sam").unlink()


@pytest.mark.parametrize("change", [change_pins, change_python, move, lose_program])
def test_a_tool_is_installed_again_when_something_changed(
    change: object, project: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.program("sam")
    uv.commands.clear()
    assert callable(change)
    change(project, monkeypatch)
    assert installation.program("sam").exists()
    assert [command[1] for command in uv.commands] == ["venv", "pip"]
    installation.program("sam")
    assert len(uv.commands) == 2


@pytest.mark.parametrize("subcommand", ["venv", "pip"])
def test_an_installation_that_failed_says_why_and_is_made_again(subcommand: str, project: Path, uv: Uv) -> None:
    uv.fails = subcommand
    with pytest.raises(StepError, match="Installing sam") as failed:
        installation.program("sam")
    assert failed.value.output == "no such host"
    uv.fails = ""
    assert installation.program("sam").exists()


def test_a_failed_change_does_not_leave_the_old_tool_behind(
    project: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.program("sam")
    change_pins(project, monkeypatch)
    uv.fails = "pip"
    for _ in range(2):
        with pytest.raises(StepError):
            installation.program("sam")


def test_pins_that_lack_the_tool_are_refused(project: Path, uv: Uv) -> None:
    (project / "tools/sam.txt").write_text("six==1.0 --hash=sha256:00\n")
    with pytest.raises(LocalCloudError, match="does not install a program sam"):
        installation.program("sam")


def test_missing_pins_are_named(project: Path, uv: Uv) -> None:
    with pytest.raises(LocalCloudError, match=r"ministack\.txt is missing"):
        installation.program("ministack")
    assert uv.commands == []


def test_without_uv_the_error_says_what_to_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".tools/uv/bin/uv").unlink()
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(LocalCloudError, match="make setup"):
        installation.program("sam")


def test_a_uv_of_the_machine_is_used_where_the_project_has_none(
    project: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".tools/uv/bin/uv").unlink()
    machine = project / "machine"
    machine.mkdir()
    (machine / "uv").touch()
    (machine / "uv").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(machine))
    installation.program("sam")
    assert {command[0] for command in uv.commands} == {str(machine / "uv")}


def test_make_setup_installs_the_tools_that_it_names(project: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["installation", "sam"])
    installation.main()
    assert (project / ".tools/sam/bin/sam").exists()


@pytest.mark.parametrize(
    ("tool", "text"), [("sam", "Installing sam .*\nno such host"), ("gone", "gone.txt is missing")]
)
def test_make_setup_ends_with_the_reason(
    tool: str, text: str, project: Path, uv: Uv, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv.fails = "venv"
    monkeypatch.setattr(sys, "argv", ["installation", tool])
    with pytest.raises(SystemExit, match=text):
        installation.main()
