"""Single calls without the SDK's clients, by threads that call at the same time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ses_stack.aws.json_api import Service

_ANSWER_SECONDS = 30.0


class SignedCalls:
    """Calls of one service. Threads that call at the same time use different connections."""

    def __init__(self, make: Callable[[], Service]) -> None:
        self._make = make
        self._idle: list[Service] = []

    def document(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """The document of a success; None for an error, or without an answer: the SDK then makes the call again."""
        try:
            service = self._idle.pop()
        except IndexError:
            service = self._make()
        body = json.dumps(request, separators=(",", ":")).encode()
        (answer,) = service.calls(operation, [body], until=time.monotonic() + _ANSWER_SECONDS)
        self._idle.append(service)
        return None if answer is None or answer.error else answer.document

    def close(self) -> None:
        """Closes the connections. A command need not call this: its process closes them."""
        while self._idle:
            self._idle.pop().close()
