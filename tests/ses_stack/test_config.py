"""The functions' environment."""

from __future__ import annotations

import pytest

from ses_stack.config import Settings
from ses_stack.errors import ConfigurationError

ENVIRONMENT = {"STACK_NAME": "mail", "EVENT_TABLE": "events", "RETENTION_DAYS": "90"}


def test_the_environment_is_read() -> None:
    assert Settings.read(ENVIRONMENT) == Settings(stack="mail", event_table="events", retention_days=90)


@pytest.mark.parametrize("name", list(ENVIRONMENT))
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environment = {**ENVIRONMENT, name: value} if value is not None else {**ENVIRONMENT}
    if value is None:
        del environment[name]

    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        Settings.read(environment)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", " 7", "²"])
def test_a_number_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError, match="RETENTION_DAYS must be a whole number above zero"):
        Settings.read({**ENVIRONMENT, "RETENTION_DAYS": value})
