"""Faults of the API itself, on request: throttles, errors, answers that never come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ses_stack_cli.local.simulator.cloud import Clock
from ses_stack_cli.local.simulator.errors import ApiError, internal, too_many_requests
from ses_stack_cli.local.simulator.requests import FaultBody

# What a fault may answer by a short name; any of SES's own error names works too.
ANSWERS = {
    "throttle": too_many_requests("Maximum sending rate exceeded."),
    "quota": too_many_requests("Daily message quota exceeded."),
    "error": internal("The simulator was told to fail."),
    "unavailable": ApiError("ServiceUnavailableException", "The simulator was told to be unavailable.", 503),
}
TIMEOUT = "timeout"
# An entry of SendBulkEmail, which can fail while the others succeed.
ENTRY = "BulkEmailEntry"


@dataclass(slots=True, kw_only=True)
class Fault:
    """For an operation, for so many calls or until a moment, whichever ends first; None: no such end.

    `operation`: `*` is all, `BulkEmailEntry` one entry of SendBulkEmail. `after`: the operation is carried out first
    and its answer lost, as when a connection breaks. `hold_seconds`: how long a timeout keeps the caller waiting before
    it answers 504.
    """

    operation: str
    answer: str
    calls: int | None = None
    until: float | None = None
    after: bool = False
    message: str | None = None
    hold_seconds: float = 60.0
    hits: int = 0

    def error(self) -> ApiError:
        """What it answers."""
        known = ANSWERS.get(self.answer)
        if known is None:
            known = _named(self.answer)
        return ApiError(known.name, self.message or known.message, known.status)


class Faults:
    """The faults that are on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: list[Fault] = []

    def add(self, asked: FaultBody) -> Fault:
        """Switches a fault on."""
        fault = Fault(
            operation=asked.operation,
            answer=asked.answer,
            calls=asked.calls,
            until=None if asked.seconds is None else self._clock() + asked.seconds,
            after=asked.after,
            message=asked.message,
            hold_seconds=asked.hold_seconds,
        )
        self._faults.append(fault)
        return fault

    def hit(self, operation: str) -> Fault | None:
        """The fault that strikes this call, which then counts."""
        for fault in self._on():
            if fault.operation == operation or (fault.operation == "*" and operation != ENTRY):
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        """Switches them all off."""
        self._faults.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Those that are on, as JSON."""
        return [asdict(fault) for fault in self._on()]

    def _on(self) -> Iterable[Fault]:
        now = self._clock()
        self._faults = [
            fault
            for fault in self._faults
            if (fault.calls is None or fault.hits < fault.calls) and (fault.until is None or now < fault.until)
        ]
        return self._faults


def _named(name: str) -> ApiError:
    statuses = {"NotFoundException": 404, "TooManyRequestsException": 429, "InternalServiceErrorException": 500}
    return ApiError(name, f"The simulator was told to answer {name}.", statuses.get(name, 400))
