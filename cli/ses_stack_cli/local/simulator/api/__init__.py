"""The SESv2 REST API: which operation answers which path, faults, limits, and errors as SES writes them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Operations.html
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ses_stack_cli.local.simulator.api import contacts, sending, suppression, templates
from ses_stack_cli.local.simulator.api.calls import Call, Operation
from ses_stack_cli.local.simulator.api.names import operation_named
from ses_stack_cli.local.simulator.cloud import Request as CloudRequest
from ses_stack_cli.local.simulator.errors import ApiError, CloudError, internal, too_many_requests
from ses_stack_cli.local.simulator.faults import TIMEOUT, Fault
from ses_stack_cli.local.simulator.iam import Caller
from ses_stack_cli.local.simulator.simulator import Simulator

_LISTS = "/contact-lists"
_LIST = "/contact-lists/{ContactListName}"
_CONTACT = "/contact-lists/{ContactListName}/contacts/{EmailAddress:path}"
_SUPPRESSED = "/suppression/addresses"
_TEMPLATE = "/templates/{TemplateName}"
_SENDING = frozenset({"SendEmail", "SendBulkEmail"})
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")

OPERATIONS: tuple[tuple[str, str, str, Operation], ...] = (
    ("SendEmail", "POST", "/outbound-emails", sending.send_email),
    ("SendBulkEmail", "POST", "/outbound-bulk-emails", sending.send_bulk_email),
    ("GetAccount", "GET", "/account", sending.get_account),
    ("PutAccountSendingAttributes", "PUT", "/account/sending", sending.put_account_sending),
    ("PutAccountSuppressionAttributes", "PUT", "/account/suppression", sending.put_account_suppression),
    ("PutSuppressedDestination", "PUT", _SUPPRESSED, suppression.put),
    ("ListSuppressedDestinations", "GET", _SUPPRESSED, suppression.list_all),
    ("GetSuppressedDestination", "GET", _SUPPRESSED + "/{EmailAddress:path}", suppression.get),
    ("DeleteSuppressedDestination", "DELETE", _SUPPRESSED + "/{EmailAddress:path}", suppression.delete),
    ("CreateEmailTemplate", "POST", "/templates", templates.create),
    ("ListEmailTemplates", "GET", "/templates", templates.list_all),
    ("GetEmailTemplate", "GET", _TEMPLATE, templates.get),
    ("UpdateEmailTemplate", "PUT", _TEMPLATE, templates.update),
    ("DeleteEmailTemplate", "DELETE", _TEMPLATE, templates.delete),
    ("TestRenderEmailTemplate", "POST", _TEMPLATE + "/render", templates.test_render),
    ("CreateContactList", "POST", _LISTS, contacts.create_list),
    ("ListContactLists", "GET", _LISTS, contacts.list_lists),
    ("GetContactList", "GET", _LIST, contacts.get_list),
    ("DeleteContactList", "DELETE", _LIST, contacts.delete_list),
    ("CreateContact", "POST", _LIST + "/contacts", contacts.create_contact),
    ("ListContacts", "POST", _LIST + "/contacts/list", contacts.list_contacts),
    ("GetContact", "GET", _CONTACT, contacts.get_contact),
    ("UpdateContact", "PUT", _CONTACT, contacts.update_contact),
    ("DeleteContact", "DELETE", _CONTACT, contacts.delete_contact),
)


def routes(simulator: Simulator) -> list[BaseRoute]:
    """The API's routes. Configuration sets are the local cloud's; what is not implemented says so."""
    found: list[BaseRoute] = [
        Route(f"/v2/email{path}", _endpoint(simulator, name, operation), methods=[method])
        for name, method, path, operation in OPERATIONS
    ]
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    forwarded = _endpoint_of(simulator, _forward)
    found += [Route(f"/v2/email/configuration-sets{rest}", forwarded, methods=methods) for rest in ("", "/{rest:path}")]
    found.append(Route("/{rest:path}", _endpoint_of(simulator, _unknown), methods=methods))
    return found


type _Answering = Callable[[Simulator, Call, str], Awaitable[Response]]


def _endpoint(simulator: Simulator, name: str, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def answering(simulator: Simulator, call: Call, _operation: str) -> Response:
        return JSONResponse(await operation(simulator, call))

    return _endpoint_of(simulator, answering, name)


def _endpoint_of(
    simulator: Simulator, answering: _Answering, name: str | None = None
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            call = await _call(request)
        except ClientDisconnect:
            return Response(status_code=400)
        operation = name or operation_named(call.method, call.path)
        _note(simulator, call, operation)
        try:
            return await _with_faults(simulator, call, operation, answering)
        except ApiError as error:
            simulator.traffic.refused[error.name] += 1
            return error_response(error)

    return endpoint


async def _with_faults(simulator: Simulator, call: Call, operation: str, answering: _Answering) -> Response:
    fault = simulator.faults.hit(operation)
    if fault and not fault.after:
        return await _strike(fault)
    if simulator.gate:
        await simulator.gate.check(Caller(call.caller, operation), _signed(call))
    if operation not in _SENDING and not simulator.control.take(1):
        raise too_many_requests("Rate exceeded")
    response = await answering(simulator, call, operation)
    return await _strike(fault) if fault else response


async def _strike(fault: Fault) -> Response:
    if fault.answer == TIMEOUT:
        await asyncio.sleep(fault.hold_seconds)
        raise ApiError("GatewayTimeoutException", "The simulator was told to let this call time out.", 504)
    raise fault.error()


async def _forward(simulator: Simulator, call: Call, _operation: str) -> Response:
    try:
        answer = await simulator.cloud.forward(call.method, call.path, call.query, call.body)
    except CloudError as error:
        raise internal(str(error)) from error
    headers = {"x-amzn-ErrorType": answer.error} if answer.error else {}
    return Response(answer.body, answer.status, headers, media_type="application/json")


async def _unknown(_simulator: Simulator, call: Call, operation: str) -> Response:
    raise ApiError(
        "UnsupportedOperationException",
        f"The SES simulator does not implement {operation} ({call.method} {call.path}).",
    )


async def _call(request: Request) -> Call:
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    return Call(
        method=request.method,
        path=request.scope.get("raw_path", b"").decode("latin-1") or request.url.path,
        names=request.path_params,
        query=request.url.query,
        headers=request.headers,
        body=await request.body(),
        caller=signed[1] if signed else "anonymous",
    )


def _signed(call: Call) -> CloudRequest:
    return CloudRequest(method=call.method, path=call.path, query=call.query, headers=call.headers, body=call.body)


def _note(simulator: Simulator, call: Call, operation: str) -> None:
    simulator.traffic.calls[operation] += 1
    simulator.traffic.callers.setdefault(call.caller, Counter())[operation] += 1


def error_response(error: ApiError) -> Response:
    """An error as SES's REST-JSON protocol writes it.

    https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    return JSONResponse(
        {"__type": error.name, "message": error.message},
        status_code=error.status,
        headers={"x-amzn-ErrorType": error.name},
    )
