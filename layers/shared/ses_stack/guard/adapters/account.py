"""SES's account and configuration sets, through signed calls.

SES's control plane answers about one call a second to all callers together, so a throttled call is made again.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.retry import is_transient
from ses_stack.aws.ses_api import SesCalls
from ses_stack.errors import ServiceError
from ses_stack.guard.health import AccountHealth, Enforcement
from ses_stack.guard.silence import SesCount

_ATTEMPTS = 3
_PAUSE_SECONDS = 1.1
_ENFORCEMENTS = {status.name: status for status in Enforcement}


class GuardedSes:
    """SES as the guard sees it. Every method raises `ServiceError`."""

    def __init__(self, calls: SesCalls, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._calls = calls
        self._sleep = sleep

    def health(self, now: float) -> AccountHealth:
        """GetAccount's answer at the moment `now`."""
        account = self._call("GetAccount", {})
        try:
            quota = account["SendQuota"]
            rate, most, sent = (float(quota[name]) for name in ("MaxSendRate", "Max24HourSend", "SentLast24Hours"))
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceError("GetAccount gives no quota") from error
        return AccountHealth(
            rate=rate,
            most=most,
            count=SesCount(sent=sent, read_at=now),
            enforcement=_ENFORCEMENTS.get(str(account.get("EnforcementStatus", "HEALTHY"))),
            sending_enabled=bool(account.get("SendingEnabled", True)),
        )

    def is_sending(self, name: str) -> bool:
        """Whether SES accepts mail through a configuration set."""
        found = self._call("GetConfigurationSet", {"ConfigurationSetName": name})
        return bool((found.get("SendingOptions") or {}).get("SendingEnabled", True))

    def set_sending(self, name: str, sending: bool) -> None:
        """Turns sending through a configuration set on or off."""
        parameters = {"ConfigurationSetName": name, "SendingEnabled": sending}
        self._call("PutConfigurationSetSendingOptions", parameters)

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        problem = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE_SECONDS)
            answer = self._calls.call(operation, parameters)
            if isinstance(answer, Unanswered):
                problem = "no answer"
            elif not answer.error:
                return answer.document
            elif is_transient(answer.error, answer.status):
                problem = answer.error
            else:
                raise ServiceError(f"{operation} answers {answer.error}")
        raise ServiceError(f"{operation} answers {problem}")
