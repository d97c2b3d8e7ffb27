"""The account: its quotas and standing, pausing, reasons for suppression.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.api.bodies import SuppressionReasons
from ses_stack_cli.local.simulator.api.call import Call, Json
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.simulator import Simulator


async def get_account(simulator: Simulator, _call: Call) -> Json:
    """The account: quotas, standing, plan."""
    account = simulator.account
    return {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": account.enforcement,
        "ProductionAccessEnabled": account.production_access,
        "SendQuota": {
            "Max24HourSend": simulator.quota.limit,
            "MaxSendRate": simulator.rate.rate,
            "SentLast24Hours": float(simulator.quota.used),
        },
        "SendingEnabled": account.sending_enabled and account.enforcement != "SHUTDOWN",
        "SuppressionAttributes": {"SuppressedReasons": sorted(simulator.suppression.reasons)},
        "VdmAttributes": {"VdmEnabled": "DISABLED"},
        "PricingAttributes": {"CurrentPlan": account.plan, "NextPlan": account.plan},
    }


async def put_account_sending(simulator: Simulator, call: Call) -> Json:
    """Pauses or resumes the account."""
    simulator.account.sending_enabled = bool(call.json().get("SendingEnabled", False))
    return {}


async def put_account_suppression(simulator: Simulator, call: Call) -> Json:
    """Sets the reasons for which addresses join the account's list, and for which the list keeps mail from them."""
    simulator.suppression.reasons = frozenset(read(SuppressionReasons, call.body).SuppressedReasons)
    return {}
