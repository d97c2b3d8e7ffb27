"""The function that the installed command starts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from ses_stack_cli import entry
from tests.test_layout import loaded


@pytest.fixture(autouse=True)
def _collection() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_it_runs_the_command_line_under_the_name_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def app(prog_name: str) -> None:
        started.append(prog_name)

    module = ModuleType("ses_stack_cli.main")
    module.app = app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ses_stack_cli.main", module)
    entry.main()
    assert started == ["ses-stack"]


def test_ctrl_c_while_modules_load_ends_the_process_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(ModuleType):
        @property
        def app(self) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "ses_stack_cli.main", Interrupted("ses_stack_cli.main"))
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130


def test_it_imports_nothing_before_it_can_handle_ctrl_c() -> None:
    assert not loaded("import ses_stack_cli.entry") & {"typer", "rich", "ses_stack_cli.main"}
