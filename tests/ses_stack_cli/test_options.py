"""The options that several commands share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from ses_stack.mail.event_types import EventType
from ses_stack_cli import main
from ses_stack_cli.options import event_types, json_option, moment, stack_options
from ses_stack_cli.stack_options import StackOptions
from tests.support import payloads

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
runner = CliRunner()

received: list[tuple[object, ...]] = []


@stack_options
def show(
    name: Annotated[str, typer.Argument()],
    *,
    limit: Annotated[int, typer.Option("--limit")] = 5,
    as_json: bool,
    stack: StackOptions,
) -> None:
    """Show one thing.

    Examples:
      ses-stack show x
    """
    received.append((name, limit, as_json, stack))


@json_option
def status(*, as_json: bool) -> None:
    """Show the status."""
    received.append((as_json,))


@pytest.fixture
def app() -> typer.Typer:
    received.clear()
    app = typer.Typer(add_completion=False)
    app.command()(show)
    app.command()(status)
    return app


def test_a_command_receives_its_stack_as_one_value(app: typer.Typer) -> None:
    options = ["--json", "--stack-name", "prod", "--profile", "ops", "--region", "eu-west-1"]
    assert runner.invoke(app, ["show", "x", *options]).exit_code == 0
    assert received == [("x", 5, True, StackOptions(stack_name="prod", profile="ops", region="eu-west-1"))]


def test_without_options_a_command_uses_the_local_cloud_and_prints_text(app: typer.Typer) -> None:
    assert runner.invoke(app, ["show", "x"]).exit_code == 0
    assert received == [("x", 5, False, StackOptions())]


def test_a_program_may_call_a_command_as_a_function() -> None:
    received.clear()
    show("x", limit=2)
    status()
    assert received == [("x", 2, False, StackOptions()), (False,)]


def test_the_environment_may_name_the_stack(app: typer.Typer) -> None:
    runner.invoke(app, ["show", "x"], env={"SES_STACK_NAME": "prod"})
    assert received == [("x", 5, False, StackOptions(stack_name="prod"))]


@pytest.mark.parametrize("option", ["--stack-name", "--profile", "--region"])
def test_an_empty_name_does_not_mean_the_local_cloud(app: typer.Typer, option: str) -> None:
    """As in `--stack-name "$STACK"`, where the variable is not set."""
    result = runner.invoke(app, ["show", "x", option, ""])

    assert (result.exit_code, received) == (2, [])
    assert f"Invalid value for {option}: it is empty" in result.stderr


def test_an_empty_environment_variable_is_not_set(app: typer.Typer) -> None:
    runner.invoke(app, ["show", "x"], env={"SES_STACK_NAME": ""})
    assert received == [("x", 5, False, StackOptions())]


def test_the_shared_options_are_the_last_ones_in_the_help(app: typer.Typer) -> None:
    out = runner.invoke(app, ["show", "--help"], env={"COLUMNS": "120"}).stdout
    places = [out.index(option) for option in ("Show one thing", "--limit", "--json", "--stack-name", "--region")]
    assert places == sorted(places)


def test_a_local_command_has_only_json(app: typer.Typer) -> None:
    assert runner.invoke(app, ["status", "--json"]).exit_code == 0
    assert received == [(True,)]
    assert runner.invoke(app, ["status", "--stack-name", "prod"]).exit_code == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Rendering Failure", EventType.RENDERING_FAILURE),
        ("RENDERING_FAILURE", EventType.RENDERING_FAILURE),
        ("renderingFailure", EventType.RENDERING_FAILURE),
        ("rendering-failure", EventType.RENDERING_FAILURE),
        ("Email Rendering Failed", EventType.RENDERING_FAILURE),
        ("DeliveryDelay", EventType.DELIVERY_DELAY),
        ("unknown", EventType.UNKNOWN),
        *((name, EventType.from_name(kind)) for kind, name in payloads.DETAIL_TYPES.items()),
    ],
)
def test_a_type_may_be_spelled_as_ses_does_anywhere(name: str, kind: EventType) -> None:
    assert event_types([name]) == {kind}


def test_a_type_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="'bonce' is not an event type"):
        event_types(["bonce"])
    assert event_types(None) == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("15m", NOW - timedelta(minutes=15)),
        ("1H", NOW - timedelta(hours=1)),
        ("2d", NOW - timedelta(days=2)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-11-24T10:00:00", NOW - timedelta(hours=2)),
        ("2026-11-24T12:00:00+02:00", NOW - timedelta(hours=2)),
        ("2026-11-24", NOW - timedelta(hours=12)),
        ("2026-11-24T12:04:00", NOW + timedelta(minutes=4)),  # by another machine's clock
    ],
)
def test_a_moment_is_an_age_or_a_time(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


def test_a_moment_to_come_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="'2026-11-25' is in the future"):
        moment("2026-11-25", NOW)


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "yesterday", "1h30m"])
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is neither an age"):
        moment(text, NOW)


@pytest.mark.parametrize(
    "text",
    ["99999999999d", "999999w", f"{'9' * 5000}s", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
    ids=["age", "weeks", "digits", "first", "last"],
)
def test_a_moment_beyond_the_calendar_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="that is before the year 1 or after the year 9999"):
        moment(text, NOW)


@pytest.mark.parametrize("command", ["tail", "dlq list", "dlq peek", "suppression list"])
def test_a_limit_that_no_table_can_show_is_a_usage_error(command: str) -> None:
    result = runner.invoke(main.app, [*command.split(), "--limit", "9" * 30])

    assert result.exit_code == 2
    assert "1000000" in result.stderr


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("suppression export", "the file's name is empty"),
        ("suppression import", "the file's name is empty"),
        ("suppression import list.csv --errors", "the file's name is empty"),
        ("send-batch", "the file's name is empty"),
        ("send --attach", "the file's name is empty"),
        ("send --file", "the file's name is empty"),
        ("dlq redrive --cause", "it is empty"),
        ("dlq peek --cause", "it is empty"),
        ("timeline", "it is empty"),
    ],
)
def test_an_empty_value_is_a_usage_error(command: str, problem: str) -> None:
    """An empty file would be the folder, an empty cause every letter."""
    result = runner.invoke(main.app, [*command.split(), ""])

    assert result.exit_code == 2
    assert problem in result.stderr


@pytest.mark.parametrize("command", ["suppression list", "suppression export -"])
def test_an_empty_scope_is_not_every_scope(command: str) -> None:
    result = runner.invoke(main.app, [*command.split(), "--scope", ""])

    assert result.exit_code == 1
    assert "there is no scope ''" in result.stderr
