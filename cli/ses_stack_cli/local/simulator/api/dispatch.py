"""The way of a call: injected faults, the caller's permissions, limits, the operation, errors as SES writes them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ses_stack_cli.local.simulator.api.call import Call, Operation
from ses_stack_cli.local.simulator.api.operation_names import operation_named
from ses_stack_cli.local.simulator.emulator.permissions import Caller
from ses_stack_cli.local.simulator.emulator.protocol import SignedRequest
from ses_stack_cli.local.simulator.errors import ApiError, EmulatorError, internal, too_many_requests
from ses_stack_cli.local.simulator.faults import TIMEOUT, Fault
from ses_stack_cli.local.simulator.simulator import Simulator

_SENDING = frozenset({"SendEmail", "SendBulkEmail"})
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")

type Endpoint = Callable[[Request], Awaitable[Response]]
# Carries a call out. The text is the operation's name.
type _Carry = Callable[[Simulator, Call, str], Awaitable[Response]]


def operation_endpoint(simulator: Simulator, name: str, operation: Operation) -> Endpoint:
    """An endpoint for one operation of the API."""

    async def carry_out(simulator: Simulator, call: Call, _operation: str) -> Response:
        return JSONResponse(await operation(simulator, call))

    return _endpoint(simulator, carry_out, name)


def forwarding_endpoint(simulator: Simulator) -> Endpoint:
    """An endpoint for operations that the emulator carries out."""
    return _endpoint(simulator, _forward)


def unsupported_endpoint(simulator: Simulator) -> Endpoint:
    """An endpoint that answers that an operation is not implemented."""
    return _endpoint(simulator, _refuse)


def error_response(error: ApiError) -> Response:
    """An error as SES's REST-JSON protocol writes it.

    https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    return JSONResponse(
        {"__type": error.name, "message": error.message},
        status_code=error.status,
        headers={"x-amzn-ErrorType": error.name},
    )


def _endpoint(simulator: Simulator, carry_out: _Carry, name: str | None = None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            call = await _call(request)
        except ClientDisconnect:
            return Response(status_code=400)
        operation = name or operation_named(call.method, call.path)
        simulator.traffic.count_call(call.caller, operation)
        try:
            return await _dispatch(simulator, call, operation, carry_out)
        except ApiError as error:
            simulator.traffic.refused[error.name] += 1
            return error_response(error)

    return endpoint


async def _dispatch(simulator: Simulator, call: Call, operation: str, carry_out: _Carry) -> Response:
    fault = simulator.faults.strike(operation)
    if fault and not fault.after:
        return await _fail(fault)
    if simulator.permissions:
        await simulator.permissions.check(Caller(call.caller, operation), _signed_request(call))
    if operation not in _SENDING and not simulator.control.take(1):
        raise too_many_requests("Rate exceeded")
    response = await carry_out(simulator, call, operation)
    return await _fail(fault) if fault else response


async def _fail(fault: Fault) -> Response:
    if fault.answer == TIMEOUT:
        await asyncio.sleep(fault.hold_seconds)
        raise ApiError("GatewayTimeoutException", "An injected fault: this call times out.", 504)
    raise fault.error()


async def _forward(simulator: Simulator, call: Call, _operation: str) -> Response:
    try:
        answer = await simulator.emulator.forward(call.method, call.path, call.query, call.body)
    except EmulatorError as error:
        raise internal(str(error)) from error
    headers = {"x-amzn-ErrorType": answer.error} if answer.error else {}
    return Response(answer.body, answer.status, headers, media_type="application/json")


async def _refuse(_simulator: Simulator, call: Call, operation: str) -> Response:
    raise ApiError(
        "UnsupportedOperationException",
        f"The SES simulator does not implement {operation} ({call.method} {call.path}).",
    )


async def _call(request: Request) -> Call:
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    return Call(
        method=request.method,
        path=request.scope.get("raw_path", b"").decode("latin-1") or request.url.path,
        path_names=request.path_params,
        query=request.url.query,
        headers=request.headers,
        body=await request.body(),
        caller=signed[1] if signed else "anonymous",
    )


def _signed_request(call: Call) -> SignedRequest:
    return SignedRequest(method=call.method, path=call.path, query=call.query, headers=call.headers, body=call.body)
