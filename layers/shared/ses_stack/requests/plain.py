"""Plain values: what a program passes becomes values of Python's own types, once and before anything else reads it.

A program may pass subclasses of `str` and `dict`, mappings of its own, endless or circular values, and objects whose
methods raise. After this reading, validation never runs a program's code. Types are compared by `type()`, because an
object's `__class__` is code, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from ses_stack.errors import RequestError

# Stands for a value that JSON does not have. The reader of its field refuses it, with the field's name.
NOT_JSON = object()
# Deeper than the data of any template may be: validation refuses that with its own text.
_DEEPEST = 64
# No data of a template that SES takes has as many values.
_MOST_VALUES = 262_144
_EXACT = frozenset({str, int, float, bool, type(None)})


@contextmanager
def program_values(field: str) -> Iterator[None]:
    """A block that runs a program's code: methods of the objects that it passes. What they raise becomes an error.

    Raises `RequestError` with the field's name; its text has the type of what was raised, and no value.
    """
    try:
        yield
    except RequestError:
        raise
    except Exception as error:
        raise RequestError(field, f"cannot be read: reading it raised {type(error).__name__}") from None


def is_a(value: object, *kinds: type) -> bool:
    """Whether the value is of one of the kinds, without a look at its `__class__`."""
    return issubclass(type(value), kinds)


def plain(value: object, field: str) -> Any:
    """The value in Python's own types, with tuples as lists and any mapping as a dict.

    Raises `RequestError` for a value that cannot be read, is circular, or has more values than fit into a queue.
    """
    with program_values(field):
        return _plain(value, field, _DEEPEST, count(1))


def entries(value: Any) -> Iterator[tuple[Any, Any]]:
    """The names and values of a mapping."""
    return iter(dict.items(value) if is_a(value, dict) else value.items())


def elements(value: Any) -> Iterator[Any]:
    """The elements of a list or tuple, whatever a subclass makes of its iteration."""
    return list.__iter__(value) if is_a(value, list) else tuple.__iter__(value)


def _plain(value: object, field: str, depth: int, counter: Iterator[int]) -> object:
    kind = type(value)
    if kind in _EXACT:
        return value
    if depth == 0:
        raise RequestError(field, f"is nested more than {_DEEPEST} deep")
    if issubclass(kind, Mapping):
        return {
            _plain(name, field, depth - 1, counter): _counted(each, field, depth - 1, counter)
            for name, each in entries(value)
        }
    if issubclass(kind, list | tuple):
        return [_counted(each, field, depth - 1, counter) for each in elements(value)]
    return _exact(value)


def _counted(value: object, field: str, depth: int, counter: Iterator[int]) -> object:
    if next(counter) > _MOST_VALUES:
        raise RequestError(field, f"holds more than {_MOST_VALUES} values")
    return _plain(value, field, depth, counter)


def _exact(value: Any) -> object:
    """A string or number by its base class's own method, because a subclass may replace the method."""
    if is_a(value, str):
        return str.__str__(value)
    if is_a(value, int):
        return int.__index__(value)
    if is_a(value, float):
        return float.__float__(value)
    return NOT_JSON
