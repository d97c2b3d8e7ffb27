"""The SESv2 operation of a method and path, by botocore's model of the API."""

from __future__ import annotations

import re
from functools import cache

import botocore.session


def operation_named(method: str, path: str) -> str:
    """The operation's name, or the text `an unknown operation`."""
    for name, operation_method, pattern in _operations():
        if method == operation_method and pattern.fullmatch(path.rstrip("/")):
            return name
    return "an unknown operation"


@cache
def _operations() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    model = botocore.session.get_session().get_service_model("sesv2")
    operations = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(http["requestUri"].rstrip("/")))
        operations.append((str(name), str(http["method"]), re.compile(pattern)))
    return tuple(operations)
