"""Which stack a command works on, as the operator names it."""

from __future__ import annotations

from ses_stack_cli.stack_options import StackOptions
from tests.test_layout import loaded


def test_without_options_no_stack_is_named() -> None:
    options = StackOptions()
    assert (options.stack_name, options.profile, options.region) == (None, None, None)


def test_the_module_loads_neither_the_sdk_nor_the_command_line() -> None:
    """scripts/redrive.py uses it where only boto3 is installed."""
    assert not loaded("import ses_stack_cli.stack_options") & {"boto3", "typer", "rich", "pydantic"}
