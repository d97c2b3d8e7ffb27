"""Suppression lists as files: CSV, or JSON Lines, read line by line, so that a file's size does not matter."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import BinaryIO, Protocol

from ses_stack.errors import ListFileError, ScopeError, TableError
from ses_stack.mail.mailboxes import mailbox
from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.current import Change, Current, Known, change_for
from ses_stack.suppression.manual import Table, Work, settle
from ses_stack.suppression.policy import Fact, FactKind, Reason, Source, checked_scope

LONGEST_LINE = 64 * 1024
_AT_ONCE = 800
# The names that our own export, SES's API, and other people's exports give to a column.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "email", "emailaddress", "email_address", "e-mail", "as_spelled", "recipient"),
    "scope": ("scope",),
    "reason": ("reason",),
    "subtype": ("subtype",),
    "event_time": ("event_time", "lastupdatetime", "last_update_time", "time", "since", "date"),
    "message_id": ("message_id",),
    "expires_at": ("expires_at",),
    "note": ("note",),
}
_DELIMITERS = (",", ";", "\t")
_TEXT_LIMIT = 500
_UNREADABLE = 10
_WHAT_A_LIST_IS = "a list is CSV or JSON Lines"
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be loaded, and why. It never repeats what stands there."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that can be loaded."""

    line: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a line means where it says nothing of its own. `time` is the file's: loading it again changes
    nothing. `now`: in seconds since 1970."""

    scope: str
    reason: Reason
    time: str
    by: str
    now: float


@dataclass(slots=True)
class Loaded:
    """What became of a file: `added` and `already` count entries, `lines` everything but blank lines and the header."""

    lines: int = 0
    added: int = 0
    already: int = 0
    expired: int = 0
    bad: int = 0


class ImportTable(Table, Protocol):
    """A table that can tell which facts are there already."""

    def known(self, facts: Iterable[Fact], *, until: float) -> tuple[Mapping[str, Current], set[tuple[str, str]]]:
        """What holds of the facts' recipients, and (recipient, key) of those facts that are there.

        Raises `TableError`.
        """


def entries(file: BinaryIO, defaults: Defaults) -> Iterator[Entry | Bad]:
    """The lines of a file, CSV or JSON Lines by the look of the first good one.

    Raises `ListFileError` if that cannot be a line of either, or if there is none among the first lines.
    """
    lines = _lines(file)
    unreadable: list[Bad] = []
    for line in lines:
        if isinstance(line, Bad):
            unreadable.append(line)
            if len(unreadable) == _UNREADABLE:
                raise ListFileError(f"line {unreadable[0].line}: {unreadable[0].problem}: {_WHAT_A_LIST_IS}")
            continue
        yield from unreadable
        layout = _layout(*line)
        if not layout.header:
            yield _entry(*line, layout, defaults)
        yield from (each if isinstance(each, Bad) else _entry(*each, layout, defaults) for each in lines)
        return
    if unreadable:
        raise ListFileError(f"line {unreadable[0].line}: {unreadable[0].problem}: {_WHAT_A_LIST_IS}")


def load(
    work: Work,
    table: ImportTable,
    found: Iterable[Entry | Bad],
    *,
    on_bad: Callable[[Bad], None],
    on_progress: Callable[[Loaded], None],
    deadline: Callable[[], float],
) -> Loaded:
    """Loads entries, hundreds at a time. Loading one again changes nothing: a load that was stopped can be run again.

    `deadline` gives each few hundred their `until`. Raises `TableError`.
    """
    loaded = Loaded()
    for some in batched(_good(found, loaded, on_bad), _AT_ONCE, strict=False):
        _load(replace(work, until=deadline()), table, [entry.fact for entry in some], loaded)
        on_progress(loaded)
    return loaded


def _good(found: Iterable[Entry | Bad], loaded: Loaded, on_bad: Callable[[Bad], None]) -> Iterator[Entry]:
    for each in found:
        loaded.lines += 1
        if isinstance(each, Bad):
            loaded.bad += 1
            on_bad(each)
        else:
            yield each


def _load(work: Work, table: ImportTable, facts: list[Fact], loaded: Loaded) -> None:
    """Those of whom nothing is known yet, which are most, are written without reading their facts first."""
    current, there = table.known(facts, until=work.until)
    now = work.now()
    new: dict[str, dict[str, Fact]] = {}
    for fact in facts:
        if fact.until and datetime.fromisoformat(fact.until).timestamp() <= now:
            loaded.expired += 1
        elif (fact.recipient, fact.key) in there or fact.key in new.get(fact.recipient, ()):
            loaded.already += 1
        else:
            new.setdefault(fact.recipient, {})[fact.key] = fact
            loaded.added += 1
    changes: list[Change] = []
    others: dict[str, list[Fact]] = {}
    for recipient, own in new.items():
        change = None if recipient in current else change_for(recipient, Known(), own.values(), work.policy, now)
        if change and change.complete:
            changes.append(change)
        else:
            others[recipient] = list(own.values())
    conflicts, failed = table.change(changes, until=work.until)
    others |= {recipient: list(new[recipient].values()) for recipient in conflicts}
    reasons = {**failed, **settle(work, others).failed} if others else failed
    if reasons:
        raise TableError(f"the suppression table: {next(iter(reasons.values()))}")


def _lines(file: BinaryIO) -> Iterator[tuple[int, str] | Bad]:
    """The lines that are not blank, with their numbers; a line that is too long is never held as a whole."""
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LONGEST_LINE + 1)
            yield Bad(number, f"longer than {LONGEST_LINE // 1024} KB")
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
        except UnicodeDecodeError:
            yield Bad(number, "not text in UTF-8")
            continue
        if "\0" in text:
            yield Bad(number, "not text: it contains a null byte")
        elif text.strip():
            yield number, text


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file is written: JSON, or columns divided by something. `header`: the first line only names them."""

    columns: Mapping[int, str] | None
    delimiter: str = ","
    header: bool = False


def _layout(number: int, text: str) -> _Layout:
    """The layout that the first line speaks for. Raises `ListFileError`."""
    if text.lstrip().startswith("{"):
        return _Layout(columns=None)
    for delimiter in _DELIMITERS:
        names = [cell.strip().lower() for cell in _cells(text, delimiter)]
        if any(name in _COLUMNS["address"] for name in names):
            return _Layout(_places(names), delimiter, header=True)
    delimiter = next((each for each in _DELIMITERS if each in text), ",")
    if "@" in _cells(text, delimiter)[0]:
        return _Layout({0: "address"}, delimiter)
    raise ListFileError(f"line {number}: neither an address nor a header with a column `address`: {_WHAT_A_LIST_IS}")


def _places(names: list[str]) -> dict[int, str]:
    places: dict[int, str] = {}
    for field, spellings in _COLUMNS.items():
        spelled = next((spelling for spelling in spellings if spelling in names), None)
        if spelled:
            places[names.index(spelled)] = field
    return places


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [""])
    except csv.Error:
        return [text]


def _entry(number: int, text: str, layout: _Layout, defaults: Defaults) -> Entry | Bad:
    try:
        told = _json_fields(text) if layout.columns is None else _csv_fields(text, layout.columns, layout.delimiter)
        return Entry(number, _fact({name: value.strip() for name, value in told.items()}, defaults))
    except (ValueError, ScopeError) as problem:
        return Bad(number, str(problem))


def _csv_fields(text: str, columns: Mapping[int, str], delimiter: str) -> dict[str, str]:
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise ValueError("not CSV: a quote is out of place") from None
    return {field: cells[place] for place, field in columns.items() if place < len(cells)}


def _json_fields(text: str) -> dict[str, str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    lower = {str(name).lower(): value for name, value in document.items()}
    fields: dict[str, str] = {}
    for field, spellings in _COLUMNS.items():
        value = next((lower[name] for name in spellings if lower.get(name) is not None), "")
        if not isinstance(value, str | int | float):
            raise ValueError(f"{field} is neither a text nor a number")
        fields[field] = str(value)
    return fields


def _fact(told: Mapping[str, str], defaults: Defaults) -> Fact:
    """The fact in a line. Raises `ValueError` or `ScopeError` with what is wrong."""
    reason = _reason(told.get("reason", ""), defaults)
    until = _time(told["expires_at"], "expires_at") if told.get("expires_at") else None
    if (reason is Reason.SOFT_BOUNCE) != (until is not None):
        raise ValueError("a soft_bounce needs expires_at, and nothing else has one")
    time = _time(told["event_time"], "event_time") if told.get("event_time") else defaults.time
    if time > utc_milliseconds(datetime.fromtimestamp(defaults.now, UTC) + _CLOCKS_DIFFER):
        raise ValueError("event_time lies in the future")
    address = _address(told.get("address", ""))
    return Fact(
        recipient=address.lower(),
        kind=FactKind.SUPPRESS,
        time=time,
        scope=checked_scope(told.get("scope") or defaults.scope),
        reason=reason,
        subtype=_text(told, "subtype"),
        source=Source.IMPORT,
        message_id=_text(told, "message_id"),
        as_spelled=address,
        by=defaults.by,
        note=_text(told, "note"),
        until=until,
    )


def _address(text: str) -> str:
    if not text:
        raise ValueError("no address")
    try:
        return mailbox(text).address
    except ValueError as problem:
        raise ValueError(f"not an e-mail address: it {problem}") from None


def _reason(text: str, defaults: Defaults) -> Reason:
    if not text:
        return defaults.reason
    try:
        return Reason(text.lower().replace("-", "_"))
    except ValueError:
        raise ValueError(f"reason is none of {', '.join(Reason)}") from None


def _time(text: str, field: str) -> str:
    try:
        moment = (
            datetime.fromtimestamp(float(text), UTC)
            if text.replace(".", "", 1).isdecimal()
            else datetime.fromisoformat(text)
        )
        return utc_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{field} is neither an ISO-8601 time nor epoch seconds") from None


def _text(told: Mapping[str, str], field: str) -> str | None:
    value = told.get(field)
    if value and len(value) > _TEXT_LIMIT:
        raise ValueError(f"{field} is longer than {_TEXT_LIMIT} characters")
    return value or None
