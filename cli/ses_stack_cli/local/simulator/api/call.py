"""The request that every operation of the API takes, and the pages of lists that it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ses_stack_cli.local.simulator.errors import ApiError, bad_request
from ses_stack_cli.local.simulator.json_bodies import read_object
from ses_stack_cli.local.simulator.simulator import Simulator

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `path_names`: the variables of its path. `caller`: the access key that signed it."""

    method: str
    path: str
    path_names: Mapping[str, str]
    query: str
    body: bytes
    headers: Mapping[str, str]
    caller: str

    def json(self) -> Json:
        """The body as a JSON object. Raises a SerializationException."""
        return read_object(self.body)

    def parameters(self) -> dict[str, list[str]]:
        """The query: name -> values."""
        return parse_qs(self.query)


type Operation = Callable[[Simulator, Call], Awaitable[Json]]


def page(parameters: Mapping[str, list[str]], items: list[Json]) -> tuple[list[Json], Json]:
    """One page of a list, and `{"NextToken": ...}` if another page follows.

    `parameters` may have PageSize (100) and NextToken. Raises a BadRequestException or InvalidNextTokenException.
    """
    size = _number(parameters.get("PageSize", ["100"])[0], "PageSize")
    start = _number(parameters["NextToken"][0], "NextToken") if "NextToken" in parameters else 0
    if not 1 <= size <= 1_000:
        raise bad_request("PageSize must be from 1 to 1000.")
    next_page: Json = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], next_page


def _number(text: str, name: str) -> int:
    if not text.isdigit():
        if name == "NextToken":
            raise ApiError("InvalidNextTokenException", "The specified request includes an invalid or expired token.")
        raise bad_request(f"{name} must be a number.")
    return int(text)
