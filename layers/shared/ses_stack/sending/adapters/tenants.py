"""SES's tenants and their sending status.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetTenant.html
"""

from __future__ import annotations

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.ses_api import SesCalls
from ses_stack.aws.threads import Threads

_PAUSED = "DISABLED"


class SesTenants:
    """The account's tenants, for workers."""

    def __init__(self, calls: SesCalls, *, threads: Threads) -> None:
        self._calls = calls
        self._threads = threads

    async def is_sending(self, tenant: str) -> bool | None:
        """Whether SES accepts mail of the tenant; None if SES does not answer.

        A tenant that does not exist is not paused: SES refuses its mail for good.
        """
        answer = await self._threads(self._calls.call, "GetTenant", {"TenantName": tenant})
        if isinstance(answer, Unanswered):
            return None
        if answer.error:
            return True if answer.error == "NotFoundException" else None
        return (answer.document.get("Tenant") or {}).get("SendingStatus") != _PAUSED
