"""SES's answers about the account, for an operator's report, through boto3.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ses_stack.sending.limits.account_limits import stop_reason
from ses_stack.sending.operations.queue_report import SesStatus

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# The rate where SES gives none: the sandbox's.
_LOWEST_RATE = 1.0


def read_ses_status(client: SESV2Client, paused: tuple[str, ...] = ()) -> SesStatus:
    """Calls GetAccount. `paused` are the paused streams. The errors of boto3 pass through."""
    account: Any = client.get_account()
    quota = account.get("SendQuota", {})
    return SesStatus(
        rate=float(quota.get("MaxSendRate", 0)) or _LOWEST_RATE,
        most=float(quota.get("Max24HourSend", -1)),
        sent=float(quota.get("SentLast24Hours", 0)),
        stopped=stop_reason(
            sending_enabled=account.get("SendingEnabled", True), enforcement=account.get("EnforcementStatus", "")
        ),
        paused=paused,
    )
