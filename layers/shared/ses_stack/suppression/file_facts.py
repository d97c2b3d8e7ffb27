"""The facts in the rows of a file: what each field may contain, and what a row without a field means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from ses_stack.errors import ScopeError
from ses_stack.mail.mailboxes import Mailbox, mailbox
from ses_stack.mail.times import epoch_utc_milliseconds, utc_milliseconds, zone_or_utc
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.file_rows import BadLine, FileRow, rows
from ses_stack.suppression.scopes import checked_scope

_TEXT_LIMIT = 500
# The clock of the machine that wrote the file may be ahead by this much.
_CLOCK_SKEW_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """A line that can be loaded, and its fact."""

    line: int
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDefaults:
    """What a row without a field means.

    `time` is the file's own time: then loading the file again adds nothing. `by`: the operator's name. `now`: the
    present, in epoch seconds.
    """

    scope: str
    reason: Reason
    time: str
    by: str
    now: float


def entries(file: BinaryIO, defaults: ImportDefaults) -> Iterator[ImportEntry | BadLine]:
    """The entries of a file, and its bad lines. Raises `ListFileError` for a file that is not a list."""
    for row in rows(file):
        yield row if isinstance(row, BadLine) else _entry(row, defaults)


def _entry(row: FileRow, defaults: ImportDefaults) -> ImportEntry | BadLine:
    try:
        return ImportEntry(row.line, _fact(row.fields, defaults))
    except (ValueError, ScopeError) as problem:
        return BadLine(row.line, str(problem))


def _fact(fields: Mapping[str, str], defaults: ImportDefaults) -> Fact:
    """The fact in a row. Raises `ValueError` or `ScopeError` with the problem."""
    reason = _reason(fields.get("reason", ""), defaults)
    until = _time(fields["expires_at"], "expires_at") if fields.get("expires_at") else None
    if (reason is Reason.SOFT_BOUNCE) != (until is not None):
        raise ValueError("a soft_bounce needs expires_at, and nothing else has one")
    time = _time(fields["event_time"], "event_time") if fields.get("event_time") else defaults.time
    if time > epoch_utc_milliseconds(defaults.now + _CLOCK_SKEW_SECONDS):
        raise ValueError("event_time lies in the future")
    listed = _mailbox(fields.get("address", ""))
    return Fact(
        recipient=listed.key,
        kind=FactKind.SUPPRESS,
        time=time,
        scope=checked_scope(fields.get("scope") or defaults.scope),
        reason=reason,
        subtype=_text(fields, "subtype"),
        source=Source.IMPORT,
        message_id=_text(fields, "message_id"),
        as_spelled=listed.address,
        by=defaults.by,
        note=_text(fields, "note"),
        until=until,
    )


def _mailbox(text: str) -> Mailbox:
    if not text:
        raise ValueError("no address")
    try:
        return mailbox(text)
    except ValueError as problem:
        raise ValueError(f"not an e-mail address: it {problem}") from None


def _reason(text: str, defaults: ImportDefaults) -> Reason:
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
        return utc_milliseconds(zone_or_utc(moment))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{field} is neither an ISO-8601 time nor epoch seconds") from None


def _text(fields: Mapping[str, str], field: str) -> str | None:
    value = fields.get(field)
    if value and len(value) > _TEXT_LIMIT:
        raise ValueError(f"{field} is longer than {_TEXT_LIMIT} characters")
    return value or None
