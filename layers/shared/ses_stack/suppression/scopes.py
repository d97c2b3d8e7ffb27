"""Scopes: from which mail an address is suppressed.

A scope is `*` (all mail), the name of a stream, or `topic:NAME` (one topic of a contact list).
"""

from __future__ import annotations

from ses_stack.errors import ScopeError
from ses_stack.mail.streams import STREAMS

EVERYTHING = "*"
MARKETING = "marketing"
TOPIC_PREFIX = "topic:"
# In characters of up to four bytes: a sort key in DynamoDB may have 1,024 bytes.
TOPIC_LIMIT = 200
_SHOWN_CHARACTERS = 64


def checked_scope(scope: str) -> str:
    """The scope, if it is valid. Raises `ScopeError`."""
    topic = scope.removeprefix(TOPIC_PREFIX)
    if scope == EVERYTHING or scope in STREAMS:
        return scope
    if scope.startswith(TOPIC_PREFIX) and 0 < len(topic) <= TOPIC_LIMIT and topic.isprintable():
        return scope
    raise ScopeError(f"there is no scope {_shown(scope)}: it is *, {', '.join(STREAMS)}, or topic:NAME")


def checked_stream(stream: str) -> str:
    """The stream, if there is one of that name. Raises `ScopeError`: a misspelt stream would block no address."""
    if stream not in STREAMS:
        raise ScopeError(f"there is no stream {_shown(stream)}: it is {', '.join(STREAMS)}")
    return stream


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")
