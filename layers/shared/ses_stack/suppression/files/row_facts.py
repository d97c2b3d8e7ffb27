"""The facts in the rows of a file: what each field may contain, and what a row without a field means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ses_stack.errors import ScopeError
from ses_stack.mail.addresses import address_in, address_key
from ses_stack.mail.mailboxes import mailbox
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.reasons import check_status, is_server_text, known_reason
from ses_stack.suppression.files.rows import FileRow, ListFile
from ses_stack.suppression.files.times import file_time
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

    `reason`: None leaves it to the file's form, as that of SendGrid's spam reports; else it is manual. `time` is the
    file's own time: then loading the file again adds nothing. `by`: the operator's name. `now`: the present, in epoch
    seconds.
    """

    scope: str
    reason: Reason | None
    time: str
    by: str
    now: float


def entries(file: ListFile, defaults: ImportDefaults) -> Iterator[ImportEntry | BadLine | BlankLine]:
    """The entries of a file, and its other lines. Raises `ListFileError` for a file that is not a list."""
    for row in file.rows():
        yield _entry(row, defaults) if isinstance(row, FileRow) else row


def _entry(row: FileRow, defaults: ImportDefaults) -> ImportEntry | BadLine:
    try:
        return ImportEntry(row.line, _fact(row, defaults))
    except (ValueError, ScopeError) as problem:
        return BadLine(row.line, str(problem))


def _fact(row: FileRow, defaults: ImportDefaults) -> Fact:
    """The fact in a row. Raises `ValueError` or `ScopeError` with the problem."""
    fields = row.fields
    reason = _reason(row, defaults)
    until = file_time(fields["expires_at"], "expires_at") if fields.get("expires_at") else None
    if (reason is Reason.SOFT_BOUNCE) != (until is not None):
        raise ValueError("a soft_bounce needs expires_at, and nothing else has one")
    time = file_time(fields["event_time"], "event_time") if fields.get("event_time") else defaults.time
    if time > epoch_utc_milliseconds(defaults.now + _CLOCK_SKEW_SECONDS):
        raise ValueError("event_time lies in the future")
    recipient, address = _address(row)
    return Fact(
        recipient=recipient,
        kind=FactKind.SUPPRESS,
        time=time,
        scope=checked_scope(fields.get("scope") or defaults.scope),
        reason=reason,
        subtype=_text(row, "subtype"),
        source=Source.IMPORT,
        message_id=_text(row, "message_id"),
        as_spelled=address,
        by=defaults.by,
        note=_note(row),
        until=until,
    )


def _address(row: FileRow) -> tuple[str, str]:
    """The address's key, and the address as spelled.

    A list that was exported may have an address of an event that SES would refuse.
    """
    text = row.fields.get("address", "")
    if not text:
        raise ValueError("no address")
    if row.exact and (address := address_in(text)):
        return address_key(address), address
    try:
        listed = mailbox(text)
    except ValueError as problem:
        raise ValueError(f"not an e-mail address: it {problem}") from None
    return listed.key, listed.address


def _reason(row: FileRow, defaults: ImportDefaults) -> Reason:
    status, text = row.fields.get("status", ""), row.fields.get("reason", "")
    check_status(status)
    if text and not known_reason(text) and not is_server_text(text):
        raise ValueError(f"reason is none of {', '.join(Reason)}")
    return known_reason(text) or known_reason(status) or defaults.reason or row.reason or Reason.MANUAL


def _note(row: FileRow) -> str | None:
    """The row's note, and a mail server's answer that stands where the reason should be, on one line.

    A longer note is cut: what a mail server answered is not worth losing the row.
    """
    reason = row.fields.get("reason", "")
    texts = (row.fields.get("note", ""), "" if known_reason(reason) else reason)
    note = "; ".join(filter(None, (" ".join(text.split()) for text in texts)))
    return f"{note[: _TEXT_LIMIT - 1]}…" if len(note) > _TEXT_LIMIT else note or None


def _text(row: FileRow, field: str) -> str | None:
    value = row.fields.get(field)
    if value and len(value) > _TEXT_LIMIT and not row.exact:
        raise ValueError(f"{field} is longer than {_TEXT_LIMIT} characters")
    return value or None
