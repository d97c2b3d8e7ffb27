"""Addresses that several rows of a batch file name: each of these rows is a message of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from ses_stack.mail.mailboxes import mailbox
from ses_stack_cli.output import print_note
from ses_stack_cli.send.batch_files import Row

_MOST_NOTES = 20


def note_repeated(rows: Iterable[Row], recipient: str | None) -> None:
    """Notes the lines of rows that name an address again, in any case. Equal rows are one message: they are not noted.

    `recipient` is the column with the address; None for JSON Lines.
    """
    number = 0
    for number, (line, first) in enumerate(repeated(rows, recipient), 1):
        if number <= _MOST_NOTES:
            print_note(f"line {line}: the address of line {first} again: it gets a message for each line")
    if number > _MOST_NOTES:
        print_note(f"{number} lines in all have an address of a line before")


def repeated(rows: Iterable[Row], recipient: str | None) -> Iterator[tuple[int, int]]:
    """The lines that name an address again, each with the first line that names it."""
    first: dict[bytes, tuple[int, bytes]] = {}
    for row in rows:
        content = _digest(row.key)
        for key in {_digest(_key(text)) for text in _recipients(row, recipient)}:
            line, earlier = first.setdefault(key, (row.line, content))
            if line != row.line and earlier != content:
                yield row.line, line


def _recipients(row: Row, recipient: str | None) -> Sequence[str]:
    value = row.values.get("to" if recipient is None else recipient)
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _key(text: str) -> str:
    try:
        return mailbox(text).key
    except ValueError:  # the row is reported when it is queued
        return text


def _digest(text: str) -> bytes:
    # A million addresses are held at once: a digest takes less memory.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
