"""Which SESv2 operation a request means, by boto3's own model of the API."""

from __future__ import annotations

import re
from functools import cache

import botocore.session


def operation_named(method: str, path: str) -> str:
    """The operation's name, or `an unknown operation`."""
    for name, its_method, pattern in _operations():
        if method == its_method and pattern.fullmatch(path.rstrip("/")):
            return name
    return "an unknown operation"


@cache
def _operations() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    model = botocore.session.get_session().get_service_model("sesv2")
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(http["requestUri"].rstrip("/")))
        found.append((str(name), str(http["method"]), re.compile(pattern)))
    return tuple(found)
