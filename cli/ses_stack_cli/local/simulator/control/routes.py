"""Which function answers which path under `/_simulator/`.

Every body and every answer is JSON. A request that is not valid gets `{"error": ...}` and status 400.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from ses_stack_cli.local.simulator.control import account, disturbances, inspection, lifecycle, unsubscribing
from ses_stack_cli.local.simulator.control.request import ControlRequest, Handler
from ses_stack_cli.local.simulator.errors import ApiError
from ses_stack_cli.local.simulator.simulator import Simulator

HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("GET", "/health"): inspection.health,
    ("GET", "/status"): inspection.status,
    ("GET", "/ledger"): inspection.ledger,
    ("GET", "/events"): inspection.events,
    ("GET", "/messages"): inspection.messages,
    ("GET", "/provoke"): inspection.provoke,
    ("GET", "/chaos"): disturbances.get_chaos,
    ("PUT", "/chaos"): disturbances.put_chaos,
    ("GET", "/faults"): disturbances.get_faults,
    ("POST", "/faults"): disturbances.post_fault,
    ("DELETE", "/faults"): disturbances.delete_faults,
    ("GET", "/quota"): account.get_quota,
    ("PUT", "/quota"): account.put_quota,
    ("PUT", "/account"): account.put_account,
    ("POST", "/unsubscribe"): unsubscribing.unsubscribe,
    ("GET", "/unsubscribe/{message_id}"): unsubscribing.use_link,
    ("POST", "/unsubscribe/{message_id}"): unsubscribing.use_link,
    ("GET", "/drain"): lifecycle.drain,
    ("POST", "/drain"): lifecycle.drain,
    ("POST", "/reset"): lifecycle.reset,
}


def control_routes(simulator: Simulator) -> Mount:
    """The control routes."""
    return Mount(
        "/_simulator",
        routes=[
            Route(path, _endpoint(simulator, handler), methods=[method]) for (method, path), handler in HANDLERS.items()
        ],
    )


def _endpoint(simulator: Simulator, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            control_request = ControlRequest(
                simulator=simulator,
                method=request.method,
                query=request.query_params,
                body=await request.body(),
                path_names=request.path_params,
            )
            return JSONResponse(await handler(control_request))
        except ApiError as error:
            return JSONResponse({"error": error.message}, status_code=error.status)

    return endpoint
