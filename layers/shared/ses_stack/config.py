"""What a function is told by its environment, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .domain.suppression import Policy
from .errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment of the functions, typed. The variables are set in template.yaml."""

    stack: str
    event_table: str
    retention_days: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Raises `ConfigurationError`, which names the variable."""
        return cls(
            stack=_text(environment, "STACK_NAME"),
            event_table=_text(environment, "EVENT_TABLE"),
            retention_days=_positive(environment, "RETENTION_DAYS"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionSettings:
    """The environment of the suppression writer, typed."""

    table: str
    queue_url: str
    policy: Policy
    sync_account_list: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> SuppressionSettings:
        """Raises `ConfigurationError`, which names the variable."""
        return cls(
            table=_text(environment, "SUPPRESSION_TABLE"),
            queue_url=_text(environment, "SUPPRESSION_QUEUE_URL"),
            policy=Policy(
                threshold=_positive(environment, "SOFT_BOUNCE_THRESHOLD"),
                window_days=_positive(environment, "SOFT_BOUNCE_WINDOW_DAYS"),
                suppression_days=_positive(environment, "SOFT_BOUNCE_SUPPRESSION_DAYS"),
            ),
            sync_account_list=_flag(environment, "SYNC_ACCOUNT_LIST"),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigurationError(f"the environment variable {name} is not set")
    return value


def _positive(environment: Mapping[str, str], name: str) -> int:
    value = _text(environment, name)
    if not value.isdecimal() or int(value) == 0:
        raise ConfigurationError(f"the environment variable {name} must be a whole number above zero")
    return int(value)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = _text(environment, name)
    if value not in {"true", "false"}:
        raise ConfigurationError(f"the environment variable {name} must be true or false")
    return value == "true"
