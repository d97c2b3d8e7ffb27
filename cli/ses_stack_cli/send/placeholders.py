"""Placeholders: `{column}` in a subject or text stands for the row's value."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping

from ses_stack.errors import SesStackError

# `{name}`, or `{{name}}` as in SES templates. Braces around anything else, such as in CSS, stay as they are.
_PLACEHOLDER = re.compile(r"\{\{ ?([A-Za-z_][A-Za-z0-9_]*) ?\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FIELDS: Mapping[str, Callable[[str], str]] = {"subject": str, "text": str, "html": html.escape}


class PlaceholderError(SesStackError):
    """A text names a column that the file does not have."""


def check(texts: Mapping[str, str | None], columns: Collection[str]) -> None:
    """Raises `PlaceholderError` for a placeholder without a column of its name."""
    for field in _FIELDS:
        for found in _PLACEHOLDER.finditer(texts.get(field) or ""):
            if (name := found[1] or found[2]) not in columns:
                raise PlaceholderError(f"--{field} names {{{name}}}, and the columns are {', '.join(columns)}")


def filled(texts: Mapping[str, str | None], values: Mapping[str, str]) -> dict[str, str]:
    """The texts with the values of a row. In HTML, a value is escaped: it never adds markup."""
    return {
        field: _PLACEHOLDER.sub(lambda found, escape=escape: escape(values[found[1] or found[2]]), text)  # type: ignore[misc]
        for field, escape in _FIELDS.items()
        if (text := texts.get(field)) is not None
    }
