"""Placeholders: `{column}` in a subject or text stands for the row's value.

A name is a column of the file, with or without spaces around it; `{{column}}`, as in SES templates, means the same. A
backslash before a brace makes it an ordinary brace. In HTML, the rules of a `<style>` and the code of a `<script>` are
left as they are. Any other text in braces is an error, as is an opening brace alone: else it would go out literally.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping

from ses_stack.errors import SesStackError

_ESCAPED = r"\\(?P<escaped>[{}])"
_PLACEHOLDER = r"\{\{(?P<double>[^{}]*)\}\}|\{(?P<single>[^{}]*)\}(?!\})|(?P<lone>\{)"
_IN_TEXT = re.compile(f"{_ESCAPED}|{_PLACEHOLDER}")
_IN_HTML = re.compile(rf"(?P<kept><(style|script)\b.*?</\2\s*>)|{_ESCAPED}|{_PLACEHOLDER}", re.DOTALL | re.IGNORECASE)
_LONGEST_SHOWN_NAME = 40
_PATTERNS: Mapping[str, re.Pattern[str]] = {"subject": _IN_TEXT, "text": _IN_TEXT, "html": _IN_HTML}


class PlaceholderError(SesStackError):
    """A text names a column that the file does not have."""


def check(texts: Mapping[str, str | None], columns: Collection[str]) -> None:
    """Raises `PlaceholderError` for text in braces that is not the name of a column, and for an opening brace alone."""
    known = {column.strip() for column in columns}
    for field, pattern in _PATTERNS.items():
        for found in pattern.finditer(texts.get(field) or ""):
            if found["lone"]:
                raise PlaceholderError(f"--{field} has braces that do not match; \\{{ is an ordinary brace")
            name = _name(found)
            if name is not None and name not in known:
                names = f"and the columns are {', '.join(columns)}" if columns else "and there are no columns"
                raise PlaceholderError(f"--{field} names {{{_shown(name)}}}, {names}; \\{{ is an ordinary brace")


def filled(texts: Mapping[str, str | None], values: Mapping[str, str]) -> dict[str, str]:
    """The texts with the values of a row. In HTML, a value is escaped: it never adds markup."""
    known = {column.strip(): value for column, value in values.items()}
    return {
        field: pattern.sub(_filler(known, html.escape if field == "html" else str), text)
        for field, pattern in _PATTERNS.items()
        if (text := texts.get(field)) is not None
    }


def _filler(values: Mapping[str, str], escape: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def fill(found: re.Match[str]) -> str:
        name = _name(found)
        return found["escaped"] or found[0] if name is None else escape(values[name])

    return fill


def _name(found: re.Match[str]) -> str | None:
    """The column that a match names; None for an escaped brace, and for a part that is left as it is."""
    name = found["single"] if found["double"] is None else found["double"]
    return None if name is None else name.strip()


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN_NAME else f"{name[:_LONGEST_SHOWN_NAME]}..."
