"""Values that a program may pass by mistake or by malice: of wrong kinds, endless, circular, or raising when read."""

from __future__ import annotations

from collections import UserDict, UserString
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import repeat
from pathlib import Path
from typing import Any, NoReturn


class HostileError(Exception):
    """Raised by the values."""


def _raise(*_: object, **__: object) -> NoReturn:
    raise HostileError("secret@x.org")


_METHODS = (
    "__str__",
    "__repr__",
    "__eq__",
    "__hash__",
    "__len__",
    "__iter__",
    "__bool__",
    "__getitem__",
    "__contains__",
)
_OF_STRINGS = ("isascii", "strip", "lower", "encode", "isprintable", "startswith", "__format__")
_RAISING: dict[str, Any] = dict.fromkeys(_METHODS, _raise)

RaisingObject: Any = type("RaisingObject", (), {**_RAISING, "__class__": property(_raise)})
RaisingString: Any = type("RaisingString", (str,), {**_RAISING, **dict.fromkeys(_OF_STRINGS, _raise)})
RaisingName: Any = type("RaisingName", (RaisingString,), {"__hash__": str.__hash__, "__eq__": str.__eq__})
RaisingList: Any = type("RaisingList", (list,), _RAISING)
RaisingDict: Any = type("RaisingDict", (dict,), {**_RAISING, **dict.fromkeys(("items", "keys", "get"), _raise)})
RaisingInt: Any = type("RaisingInt", (int,), {**_RAISING, **dict.fromkeys(("__index__", "__gt__", "__lt__"), _raise)})
RaisingFloat: Any = type("RaisingFloat", (float,), {**_RAISING, **dict.fromkeys(("__abs__", "__float__"), _raise)})
RaisingPath: Any = type("RaisingPath", (type(Path()),), {"__fspath__": _raise, "name": property(_raise)})


class RaisingMapping(Mapping[str, Any]):
    """A mapping that cannot be read."""

    __getitem__ = __iter__ = __len__ = items = get = _raise  # type: ignore[assignment]


class EndlessMapping(Mapping[str, Any]):
    """A mapping without an end."""

    def __getitem__(self, key: str) -> Any:
        return self

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(repeat("a"))


class EndlessList(list[Any]):
    """A list that gives elements without an end."""

    def __iter__(self) -> Iterator[Any]:
        return iter(repeat("a"))


class Word(StrEnum):
    """A string that is an enumeration's member."""

    WORD = "marketing"


class Number(Enum):
    """No JSON value."""

    ONE = 1


class RaisingZone(tzinfo):
    """A time zone that cannot be asked."""

    utcoffset = dst = tzname = _raise  # type: ignore[assignment]


def _nested(levels: int, wrap: Any) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


def _circular_list() -> list[Any]:
    value: list[Any] = []
    value.extend((value, value))
    return value


def _circular_dict() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["a"] = value["b"] = value
    return value


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def hostile_values() -> list[Any]:
    """New values: generators among them can be read once."""
    return [
        None, True, False, 0, 1, -1, 10**400, -(10**5000), 1e400, -0.0, float("nan"), 1j, Decimal(1), Decimal("nan"),
        "", " ", "a", "\0", "\n", "\ud800", "\udc00@x.org", "a@x.org\n", "=?utf-8?q?=41?=", "ﷺ" * 300, "a" * 100_000,
        "xn--a.xn--b@xn--", "a@" + "a." * 200 + "b", "a@\u0340.x", "a@..", "@", "<>", '"', '"\\', "名" * 2000, "1e400",
        "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2027-02-29T00:00:00Z", "/", "/dev", "/dev/null",
        b"", b"bytes", bytearray(b"x"), memoryview(b"x"), memoryview(b"xyxy")[::2],
        [], [[]], [None], [1], ["a@x.org", None], (), (1,), {1}, frozenset({"a"}), range(3), {}, {1: 2}, {None: 1},
        {"a": 1}, {"\ud800": 1}, {("a",): 1}, {"filename": 1}, {"filename": "a", "content": 1}, UserDict({"a": 1}),
        UserDict({1: 2}), UserString("a"), Word.WORD, Number.ONE, object(), object, len, lambda: 1, ..., NotImplemented,
        ValueError("a"), iter([1]), (each for each in "ab"), map(_raise, [1]), repeat("a"), zip([1]), date.max,
        _FIRST.replace(tzinfo=None), _LAST.replace(tzinfo=None), _FIRST, _LAST, timedelta.max,
        _LAST.replace(tzinfo=timezone(timedelta(hours=-23))), datetime(2027, 1, 1, tzinfo=RaisingZone()),
        datetime(2027, 1, 1, tzinfo=timezone(timedelta(seconds=1))), Path(), Path("/"), Path("a\0b"), Path("\ud800"),
        _nested(100, lambda value: [value]), _nested(100_000, lambda value: [value]), _circular_list(),
        _nested(40, lambda value: {"a": value}), _nested(100_000, lambda value: {"a": value}), _circular_dict(),
        RaisingObject(), RaisingString("a@x.org"), RaisingList(["a@x.org"]), RaisingDict(filename="a", content=b"x"),
        RaisingInt(1), RaisingFloat(1), RaisingPath("/none"), RaisingMapping(), EndlessMapping(),
        EndlessList(["a@x.org"]), [RaisingObject()], [RaisingString("x")], {"a": RaisingObject()},
        {RaisingName("a"): 1},
        [RaisingMapping()], {"a": EndlessMapping()}, [_circular_list()], [EndlessMapping()],
        *_hostile_texts(), *_hostile_documents(),
    ]  # fmt: skip


def _hostile_texts() -> list[Any]:
    """Texts that mean something to a mail program, a terminal, a spreadsheet, or an encoder."""
    return [
        "a@x.org\r\nBcc: evil@x.org", "Hi\r\n\r\nbody", "a\x0bb", "a\x85b", "a\u2028b", "\x1b[2J", "\x7f", "\ufeff",
        "\u202egnp.exe", "\u2066x\u2069", "ab\u200b", "\u00ad@x.org", "boss＠bank.com <evil@x.org>", "a@x。org",
        "a@[127.0.0.1]", "a@localhost", "a@x.org,b@x.org", "a@x.org;b@x.org", "undisclosed-recipients:;", "<a@x.org",
        '"a@x.org" <b@x.org>', "a@b@x.org", "ａ@ｘ.org", "a@xn--mnchen-3ya.example", "=cmd|' /C calc'!A0", "{{#if}}",
        "%s%n", "../../etc/passwd", "-1", "NaN", "0x10", "٣", "2026-11-25T00:00:00", "2026-11-25T24:00:00Z",
        "1795507200", "😀" * 5_000, "e\u0301" * 400, "\ud83d", "a" * 2_000_000,
    ]  # fmt: skip


def _hostile_documents() -> list[Any]:
    """Lists and objects that are nearly what a field takes."""
    return [
        ["a@x.org"] * 51, ["a@x.org\n"], ["a@x.org", ""], [["a@x.org"]], [{"a": 1}], {"": ""}, {"ses:x": "a"},
        {"a": "b\n"},
        {"A: b": "c"}, {"Bcc": "a@x.org"}, {"X-A": "b\r\nBcc: c@x.org"}, {"X-Ü": "a"}, {"a": float("nan")},
        {"a": 10**400},
        {str(number): "a" for number in range(1_000)}, {"a" * 300: "b"}, {"a": "b" * 300_000}, [{"filename": "a.exe"}],
        [{"filename": "a.txt", "content": b""}], [{"filename": "a", "content": "%%%"}], ["a\0b"], [b"/etc/passwd"],
        [{"filename": "a", "bucket": "b", "key": "c"}], [{"filename": "a", "bucket": "b", "key": "attachments/../c"}],
        [{"filename": "a", "content": b"x", "content_type": "text/plain\r\nX: y"}], [{"filename": "a", "size": -1}],
    ]  # fmt: skip
