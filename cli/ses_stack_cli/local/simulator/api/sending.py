"""Sending, and the account.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator import requests as r
from ses_stack_cli.local.simulator.api.calls import Call, Json
from ses_stack_cli.local.simulator.compose import compose, compose_bulk
from ses_stack_cli.local.simulator.errors import ApiError, bad_request
from ses_stack_cli.local.simulator.faults import ENTRY
from ses_stack_cli.local.simulator.simulator import Simulator


async def send_email(simulator: Simulator, call: Call) -> Json:
    """Sends one message."""
    message = compose(r.read(r.SendEmail, call.body), simulator.template)
    accepted = await simulator.send(message, call.caller)
    return {"MessageId": accepted.message_id}


async def send_bulk_email(simulator: Simulator, call: Call) -> Json:
    """Sends one message to each destination; each succeeds or fails by itself."""
    request = r.read(r.SendBulkEmail, call.body)
    if not 1 <= len(request.BulkEmailEntries) <= 50:
        raise bad_request("BulkEmailEntries must have from 1 to 50 entries.")
    simulator.check_account()
    return {"BulkEmailEntryResults": [await _bulk_entry(simulator, call, request, e) for e in request.BulkEmailEntries]}


async def _bulk_entry(simulator: Simulator, call: Call, request: r.SendBulkEmail, entry: r.BulkEntry) -> Json:
    try:
        if fault := simulator.faults.hit(ENTRY):
            raise fault.error()
        message = compose_bulk(request, entry, simulator.template)
        accepted = await simulator.send(message, call.caller)
    except ApiError as error:
        simulator.traffic.refused[error.name] += 1
        return {"Status": _bulk_status(error), "Error": error.message}
    return {"Status": "SUCCESS", "MessageId": accepted.message_id}


def _bulk_status(error: ApiError) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html"""
    about_set = "configuration set" in error.message.lower()
    match error.name:
        case "NotFoundException":
            return "CONFIGURATION_SET_NOT_FOUND" if about_set else "TEMPLATE_NOT_FOUND"
        case "SendingPausedException":
            return "CONFIGURATION_SET_SENDING_PAUSED" if about_set else "ACCOUNT_SENDING_PAUSED"
        case "TooManyRequestsException":
            return "ACCOUNT_DAILY_QUOTA_EXCEEDED" if "Daily" in error.message else "ACCOUNT_THROTTLED"
    return {
        "MessageRejected": "MESSAGE_REJECTED",
        "MailFromDomainNotVerifiedException": "MAIL_FROM_DOMAIN_NOT_VERIFIED",
        "AccountSuspendedException": "ACCOUNT_SUSPENDED",
        "BadRequestException": "INVALID_PARAMETER",
        "InternalServiceErrorException": "TRANSIENT_FAILURE",
    }.get(error.name, "FAILED")


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
    """Which reasons put an address on the account's list, and keep mail from it."""
    simulator.suppression.reasons = frozenset(r.read(r.SuppressionReasons, call.body).SuppressedReasons)
    return {}
