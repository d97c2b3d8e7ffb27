"""What every operation of the API gets and gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ses_stack_cli.local.simulator.errors import ApiError, bad_request
from ses_stack_cli.local.simulator.requests import read_object
from ses_stack_cli.local.simulator.simulator import Simulator

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: what stands in its path, its query, its body, and whose access key signed it."""

    method: str
    path: str
    names: Mapping[str, str]
    query: str
    body: bytes
    headers: Mapping[str, str]
    caller: str

    def json(self) -> Json:
        """The body as an object."""
        return read_object(self.body)

    def parameters(self) -> dict[str, list[str]]:
        """The query."""
        return parse_qs(self.query)


type Operation = Callable[[Simulator, Call], Awaitable[Json]]


def page(call: Call, items: list[Json]) -> tuple[list[Json], Json]:
    """The page of a list that the call asks for, and the token of the next, as part of an answer."""
    asked = call.parameters()
    size = _number(asked.get("PageSize", ["100"])[0], "PageSize")
    start = _number(asked["NextToken"][0], "NextToken") if "NextToken" in asked else 0
    if not 1 <= size <= 1_000:
        raise bad_request("PageSize must be from 1 to 1000.")
    more: Json = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


def _number(text: str, name: str) -> int:
    if not text.isdigit():
        if name == "NextToken":
            raise ApiError("InvalidNextTokenException", "The specified request includes an invalid or expired token.")
        raise bad_request(f"{name} must be a number.")
    return int(text)
