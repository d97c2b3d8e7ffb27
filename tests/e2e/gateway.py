"""A proxy between a function and the local cloud: passes calls on, holds or refuses them, or kills the worker."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from ses_stack_cli.local import certificate, state
from ses_stack_cli.local.state import LocalState
from tests.e2e.stack import Stack

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_NOT_PASSED_ON = {"content-length", "connection", "accept-encoding", "expect"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the function: `dynamodb` UpdateItem, `sqs` SendMessageBatch, `ses` /v2/email/outbound-emails."""

    service: str
    operation: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to a call that is not carried out."""

    status: int
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Killed:
    """The worker is killed before its call is carried out, or, with `after`, before it reads the answer."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The call is carried out after `release` is set, or after 20 seconds."""

    release: threading.Event


type Decision = Refused | Killed | Held | None
type Strike = Callable[[Call], Decision]


def nothing(_: Call) -> None:
    """Passes everything on."""


class Gateway(ThreadingHTTPServer):
    """Calls `strike` before every call. Signatures stay valid: it passes on the host that the worker called."""

    daemon_threads = True

    def __init__(self, running: LocalState, function: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.strike: Strike = nothing
        self._lock = threading.Lock()
        self._running = running
        self._function = function
        self._client = httpx.Client(verify=certificate.trust(running.certificate), timeout=60, trust_env=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def decide(self, call: Call) -> Decision:
        with self._lock:
            return self.strike(call)

    def carry_out(self, handler: BaseHTTPRequestHandler, call: Call) -> httpx.Response:
        upstream = self._running.simulator if call.service == "ses" else self._running.endpoint
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in _NOT_PASSED_ON}
        return self._client.request(
            handler.command,
            f"{upstream}{handler.path}",
            headers={**headers, "Accept-Encoding": "identity"},
            content=call.body,
        )

    def kill(self) -> None:
        """Kills every worker of the function at once, like a failed machine."""
        folder = state.directory() / "cloud" / "tmp" / f"ministack-lambda-{self._function}-"
        found = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False)
        for pid in found.stdout.split():
            subprocess.run(["kill", "-KILL", pid], check=False)

    def server_close(self) -> None:
        super().server_close()
        self._client.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignored: the tests kill workers."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Gateway

    def do_POST(self) -> None:
        signed = _SERVICE.search(self.headers.get("Authorization", ""))
        target = self.headers.get("X-Amz-Target")
        call = Call(
            service=signed[1] if signed else "",
            operation=target.rpartition(".")[2] if target else self.path,
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        match self.server.decide(call):
            case Refused(status, document):
                self._answer(status, {}, json.dumps(document).encode())
            case Killed(after):
                if after:
                    self.server.carry_out(self, call)
                self.server.kill()
                self.close_connection = True
            case Held(release):
                release.wait(20)
                self._pass_on(call)
            case None:
                self._pass_on(call)

    do_GET = do_PUT = do_POST  # noqa: N815

    def _pass_on(self, call: Call) -> None:
        answer = self.server.carry_out(self, call)
        self._answer(answer.status_code, answer.headers, answer.content)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower().startswith(("content-type", "x-amz")):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Logs nothing."""


@contextmanager
def between(stack: Stack, function: str) -> Iterator[Gateway]:
    """Makes a function of the stack, named by its output, call through a gateway."""
    name = stack.outputs[function]
    with Gateway(stack.running, name) as gateway:
        threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        with stack.environment(function, AWS_ENDPOINT_URL=gateway.url, AWS_ENDPOINT_URL_SESV2=gateway.url):
            try:
                yield gateway
            finally:
                gateway.strike = nothing
        gateway.shutdown()
