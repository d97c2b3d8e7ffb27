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
    if scope == EVERYTHING or scope in STREAMS:
        return scope
    if scope.startswith(TOPIC_PREFIX) and _is_topic(scope.removeprefix(TOPIC_PREFIX)):
        return scope
    raise ScopeError(f"there is no scope {_shown(scope)}: it is *, {', '.join(STREAMS)}, or topic:NAME")


def checked_stream(stream: object) -> str:
    """The stream, if there is one of that name. Raises `ScopeError`: a misspelt stream would block no address."""
    if not isinstance(stream, str) or stream not in STREAMS:
        raise ScopeError(f"there is no stream {_shown(stream)}: it is {', '.join(STREAMS)}")
    return stream


def checked_topic(topic: object) -> str:
    """The topic, if a contact list may have it. Raises `ScopeError`: any other would block no address."""
    if not isinstance(topic, str) or not _is_topic(topic):
        raise ScopeError(f"there is no topic {_shown(topic)}: its name has 1 to {TOPIC_LIMIT} printable characters")
    return topic


def _is_topic(text: str) -> bool:
    return 0 < len(text) <= TOPIC_LIMIT and text.isprintable()


def _shown(text: object) -> str:
    if not isinstance(text, str):
        return f"of type {type(text).__name__}"
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")
