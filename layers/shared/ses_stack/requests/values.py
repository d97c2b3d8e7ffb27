"""Kinds of values in a send request's document: objects, lists, strings, lines.

Every reader takes a parsed JSON value and the name of its field. It raises `RequestError` for a value that does not
fit; the error names the field and the value's kind, and never repeats the value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ses_stack.errors import RequestError

# The name that errors give to the request as a whole.
WHOLE_REQUEST = "the request"

type Reader[T] = Callable[[object, str], T]

_SURROGATES = re.compile("[\ud800-\udfff]")
# Control characters, and Unicode's separators of lines and paragraphs.
_LINE_BREAKING_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def read_object(value: object, field: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise wrong_kind(field, value, "an object")
    if not all(isinstance(name, str) for name in value):
        raise RequestError(field, "has a name that is not a string")
    return value


def read_list(value: object, field: str, longest: int) -> Sequence[object]:
    """A JSON list of at most `longest` entries."""
    if not isinstance(value, list):
        raise wrong_kind(field, value, "a list")
    if len(value) > longest:
        raise RequestError(field, f"has {len(value)} entries; the limit is {longest}")
    return value


def read_string(value: object, field: str) -> str:
    """A string that can be encoded in UTF-8."""
    if not isinstance(value, str):
        raise wrong_kind(field, value, "a string")
    if not value.isascii() and _SURROGATES.search(value):
        raise RequestError(field, "holds half of a surrogate pair, which is not a character")
    return value


def read_line(value: object, field: str) -> str:
    """A string for a mail header. A line break in it would start another header."""
    text = read_string(value, field)
    if not text.isprintable() and any(unicodedata.category(char) in _LINE_BREAKING_CATEGORIES for char in text):
        raise RequestError(field, "holds a line break or another control character")
    return text


def word_reader(longest: int) -> Reader[str]:
    """A reader of words of at most `longest` characters, in the alphabet that SES accepts for tags."""
    pattern = re.compile(rf"[A-Za-z0-9_-]{{1,{longest}}}")

    def read(value: object, field: str) -> str:
        text = read_string(value, field)
        if not pattern.fullmatch(text):
            raise RequestError(field, f"may hold 1 to {longest} ASCII letters, digits, underscores and dashes")
        return text

    return read


def pattern_reader(pattern: str, problem: str) -> Reader[str]:
    """A reader of lines that match `pattern` whole; `problem` is the error's text for any other line."""
    matches = re.compile(pattern).fullmatch

    def read(value: object, field: str) -> str:
        text = read_line(value, field)
        if not matches(text):
            raise RequestError(field, problem)
        return text

    return read


def wrong_kind(field: str, value: object, wanted: str) -> RequestError:
    """The error for a value of another kind than `wanted`."""
    return RequestError(field, f"is {_kind(value)}, and must be {wanted}")


def check_names(fields: Mapping[str, Any], known: Collection[str], prefix: str = "") -> None:
    """Raises `RequestError` for a field that is not `known`, with the known name that it resembles."""
    for name in fields:
        if name not in known:
            similar = get_close_matches(name, [each for each in known if each not in fields], n=1)
            raise RequestError(
                f"{prefix}{shown_name(name)}", f"is not a field: {similar[0]}?" if similar else "is not a field"
            )


def shown_name(name: str) -> str:
    """A name from the document, for an error. A name with unusual characters may be an address: it is not shown."""
    return name if _PLAIN_NAME.fullmatch(name) else "(a name that is not a plain word)"


def _kind(value: object) -> str:
    if value is None:
        return "null (leave the field out)"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "of a kind that JSON does not have")


# A boolean is an int too, so it comes first.
_KINDS: Sequence[tuple[type, str]] = (
    (bool, "a boolean"),
    (int, "a number"),
    (float, "a number"),
    (str, "a string"),
    (list, "a list"),
    (dict, "an object"),
)
