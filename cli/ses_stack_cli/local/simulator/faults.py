"""Injected faults of the SESv2 API: throttles, errors, answers that never come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ses_stack_cli.local.simulator.clock import Clock
from ses_stack_cli.local.simulator.errors import ApiError, internal, message_rejected, too_many_requests

# Short names of answers. A fault may also name any of SES's own errors.
ANSWERS = {
    "throttle": too_many_requests("Maximum sending rate exceeded."),
    "quota": too_many_requests("Daily message quota exceeded."),
    "error": internal("An injected fault: the simulator fails."),
    "unavailable": ApiError("ServiceUnavailableException", "An injected fault: the simulator is unavailable.", 503),
    # SES tells of a pause and of the quota under several names.
    "account-paused": message_rejected("Sending paused for this account."),
    "account-paused-by-name": ApiError(
        "AccountSendingPausedException", "Email sending is disabled for your entire Amazon SES account."
    ),
    "set-paused": message_rejected("Sending paused for configuration set."),
    "set-paused-by-name": ApiError(
        "ConfigurationSetSendingPausedException", "Email sending is disabled for the configuration set."
    ),
    "quota-as-limit": ApiError("LimitExceededException", "Daily message quota exceeded."),
    "expired-credentials": ApiError(
        "ExpiredTokenException", "The security token included in the request is expired", 403
    ),
    "wrong-clock": ApiError("RequestExpired", "The request reached the service more than 15 minutes after its date."),
}
TIMEOUT = "timeout"
# An entry of SendBulkEmail, which can fail while the others succeed.
ENTRY = "BulkEmailEntry"


class FaultRequest(BaseModel):
    """A fault to inject, as `POST /_simulator/faults` takes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: str
    operation: str = "*"
    calls: int | None = None
    seconds: float | None = None
    after: bool = False
    message: str | None = None
    hold_seconds: float = Field(60.0, ge=0)


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes an operation for `calls` calls or until a time (seconds since 1970); None: without that limit.

    `operation`: `*` is all, `BulkEmailEntry` one entry of SendBulkEmail. `after`: the operation is carried out first
    and its answer lost, as when a connection breaks. `hold_seconds`: how long a timeout keeps the caller waiting before
    it answers 504. `hits`: the calls that it has struck.
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
        """The error that a struck call gets."""
        known = ANSWERS.get(self.answer) or _error_named(self.answer)
        return ApiError(known.name, self.message or known.message, known.status)

    def active(self, now: float) -> bool:
        """Whether it still strikes."""
        return (self.calls is None or self.hits < self.calls) and (self.until is None or now < self.until)


class Faults:
    """The injected faults, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: list[Fault] = []

    def add(self, request: FaultRequest) -> Fault:
        """Injects a fault."""
        fault = Fault(
            operation=request.operation,
            answer=request.answer,
            calls=request.calls,
            until=None if request.seconds is None else self._clock() + request.seconds,
            after=request.after,
            message=request.message,
            hold_seconds=request.hold_seconds,
        )
        self._faults.append(fault)
        return fault

    def strike(self, operation: str) -> Fault | None:
        """The fault that strikes this call, if one does. The call then counts as one of the fault's."""
        for fault in self._active():
            if fault.operation == operation or (fault.operation == "*" and operation != ENTRY):
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        """Removes all of them."""
        self._faults.clear()

    def documents(self) -> list[dict[str, Any]]:
        """Those that still strike, as JSON."""
        return [asdict(fault) for fault in self._active()]

    def _active(self) -> Iterable[Fault]:
        now = self._clock()
        self._faults = [fault for fault in self._faults if fault.active(now)]
        return self._faults


def _error_named(name: str) -> ApiError:
    statuses = {"NotFoundException": 404, "TooManyRequestsException": 429, "InternalServiceErrorException": 500}
    return ApiError(name, f"An injected fault: {name}.", statuses.get(name, 400))
