"""What one run of the guard came to: metrics, what it did, and what it could not find out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ses_stack.errors import ServiceError, TableError


@dataclass(slots=True)
class GuardReport:
    """`metrics` are the log lines that CloudWatch reads. `actions` are sentences for the log.

    `unknown` is what could not be read or done, each with the reason.
    """

    metrics: list[dict[str, Any]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    def attempt[T](self, what: str, call: Callable[[], T]) -> T | None:
        """The result of a call; None if AWS does not answer. One part that fails does not stop the others."""
        try:
            return call()
        except (ServiceError, TableError) as error:
            self.unknown[what] = str(error)
            return None
