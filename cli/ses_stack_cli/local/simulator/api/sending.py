"""SendEmail and SendBulkEmail.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.api.call import Call, Json
from ses_stack_cli.local.simulator.errors import ApiError, bad_request
from ses_stack_cli.local.simulator.faults import ENTRY
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.mail.compose import compose, compose_bulk
from ses_stack_cli.local.simulator.mail.requests import BulkEntry, SendBulkEmail, SendEmail
from ses_stack_cli.local.simulator.simulator import Simulator

_MAX_ENTRIES = 50
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html
_STATUSES = {
    "MessageRejected": "MESSAGE_REJECTED",
    "MailFromDomainNotVerifiedException": "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "AccountSuspendedException": "ACCOUNT_SUSPENDED",
    "BadRequestException": "INVALID_PARAMETER",
    "InternalServiceErrorException": "TRANSIENT_FAILURE",
}


async def send_email(simulator: Simulator, call: Call) -> Json:
    """Sends one message."""
    request = read(SendEmail, call.body)
    message = compose(request, simulator.template)
    simulator.tenants.check_sending(
        message.tenant, source=message.source, configuration_set=message.configuration_set, template=message.template
    )
    accepted = await simulator.send(message, call.caller)
    return {"MessageId": accepted.message_id}


async def send_bulk_email(simulator: Simulator, call: Call) -> Json:
    """Sends one message for each entry; each succeeds or fails by itself."""
    request = read(SendBulkEmail, call.body)
    if not 1 <= len(request.BulkEmailEntries) <= _MAX_ENTRIES:
        raise bad_request(f"BulkEmailEntries must have from 1 to {_MAX_ENTRIES} entries.")
    simulator.account.check_sending()
    simulator.tenants.check_sending(
        request.TenantName,
        source=request.FromEmailAddress or "",
        configuration_set=request.ConfigurationSetName,
        template=request.DefaultContent.Template.TemplateName,
    )
    results = [await _send_entry(simulator, call, request, entry) for entry in request.BulkEmailEntries]
    return {"BulkEmailEntryResults": results}


async def _send_entry(simulator: Simulator, call: Call, request: SendBulkEmail, entry: BulkEntry) -> Json:
    try:
        if fault := simulator.faults.strike(ENTRY):
            raise fault.error()
        message = compose_bulk(request, entry, simulator.template)
        accepted = await simulator.send(message, call.caller)
    except ApiError as error:
        simulator.traffic.refused[error.name] += 1
        return {"Status": bulk_status(error), "Error": error.message}
    return {"Status": "SUCCESS", "MessageId": accepted.message_id}


def bulk_status(error: ApiError) -> str:
    """The status of an entry for the error that a single message would have got."""
    names_set = "configuration set" in error.message.lower()
    match error.name:
        case "NotFoundException":
            return "CONFIGURATION_SET_NOT_FOUND" if names_set else "TEMPLATE_NOT_FOUND"
        case "SendingPausedException":
            return "CONFIGURATION_SET_SENDING_PAUSED" if names_set else "ACCOUNT_SENDING_PAUSED"
        case "TooManyRequestsException":
            return "ACCOUNT_DAILY_QUOTA_EXCEEDED" if "Daily" in error.message else "ACCOUNT_THROTTLED"
    return _STATUSES.get(error.name, "FAILED")
