"""The simulator as a web application."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ses_stack_cli.local.simulator.api.routes import api_routes
from ses_stack_cli.local.simulator.control.routes import control_routes
from ses_stack_cli.local.simulator.simulator import Simulator

logger = logging.getLogger(__name__)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create_app(simulator: Simulator, *, publishing: bool = True) -> Starlette:
    """The application. With `publishing` False the caller publishes, with `simulator.publisher.publish_due`."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(simulator.publisher.run()) if publishing else None
        if task:
            task.add_done_callback(_log_end_of_publishing)
        yield
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    app = Starlette(routes=[control_routes(simulator), *api_routes(simulator)], lifespan=lifespan)
    app.add_middleware(LoopbackOnly)
    return app


def _log_end_of_publishing(task: asyncio.Task[None]) -> None:
    """Publishing never ends by itself; if it does, the log must say why."""
    if not task.cancelled():
        logger.error("publishing stopped", exc_info=task.exception())


class LoopbackOnly:
    """Answers only requests that name this machine as host and do not come from a page of another site.

    A web page can make a browser call a loopback port, through a name that resolves to it (DNS rebinding) or directly.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it with status 403."""
        if scope["type"] == "http" and not _is_local(dict(scope["headers"])):
            refusal = JSONResponse({"message": "The SES simulator answers this machine only."}, status_code=403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_local(headers: dict[bytes, bytes]) -> bool:
    urls = [f"//{headers.get(b'host', b'').decode('latin-1')}"]
    if (origin := headers.get(b"origin")) is not None:
        urls.append(origin.decode("latin-1"))
    return all(_host(url) in _LOOPBACK for url in urls)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
