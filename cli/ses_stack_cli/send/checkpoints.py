"""Checkpoints: which rows of a batch file are queued, in a file beside it. A second run continues from there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ses_stack.errors import SesStackError

_SUFFIX = ".checkpoint.json"
# Rows that failed are held in memory. A checkpoint with more of them is damaged.
_MOST_AGAIN = 5_000_000


class CheckpointError(SesStackError):
    """A checkpoint cannot be read or written."""


@dataclass(slots=True, kw_only=True)
class Checkpoint:
    """The state of a batch. The first `rows` rows were read, and all but those in `again` were queued.

    `queued` is the number of messages. `content` and `mail` are hashes of the file and of the options.
    """

    batch_id: str
    content: str
    mail: str
    rows: int = 0
    queued: int = 0
    again: set[int] = field(default_factory=set)

    def is_queued(self, row: int) -> bool:
        """Whether the row with this number, from 0, was queued before."""
        return row < self.rows and row not in self.again


class Checkpoints:
    """The checkpoints of one batch file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> Iterator[Checkpoint]:
        """The checkpoints of all batches that were queued from the file. Raises `CheckpointError`."""
        for path in sorted(self._file.parent.glob(f"{_escaped(self._file.name)}.*{_SUFFIX}")):
            yield self._read(path)

    def of(self, batch_id: str) -> Checkpoint | None:
        """The checkpoint of a batch; None if there is none. Raises `CheckpointError`."""
        path = self.path(batch_id)
        return self._read(path) if path.exists() else None

    def path(self, batch_id: str) -> Path:
        """The path of a batch's checkpoint."""
        return self._file.with_name(f"{self._file.name}.{batch_id}{_SUFFIX}")

    def save(self, checkpoint: Checkpoint) -> None:
        """Replaces the checkpoint of a batch in one step. Raises `CheckpointError`, and then the old one remains."""
        path = self.path(checkpoint.batch_id)
        document = {
            "v": 1,
            "batch_id": checkpoint.batch_id,
            "content": checkpoint.content,
            "mail": checkpoint.mail,
            "rows": checkpoint.rows,
            "queued": checkpoint.queued,
            "again": list(ranges_of(sorted(checkpoint.again))),
        }
        draft = path.with_suffix(".draft")
        try:
            draft.write_text(json.dumps(document) + "\n")
            draft.replace(path)
        except OSError as error:
            raise CheckpointError(f"the checkpoint {path} cannot be written: {error.strerror}") from None

    def _read(self, path: Path) -> Checkpoint:
        try:
            return _checkpoint(json.loads(path.read_text("utf-8")))
        except OSError as error:
            problem = error.strerror or "it cannot be opened"
        except (ValueError, KeyError, TypeError, RecursionError):
            problem = "it is damaged"
        raise CheckpointError(
            f"the checkpoint {path} cannot be read: {problem}. Remove it, and give its batch id with --batch-id"
        )


def _checkpoint(document: Any) -> Checkpoint:
    """The checkpoint in a document. Raises `ValueError`, `KeyError` or `TypeError` for a damaged one."""
    rows = _whole_number(document["rows"], 0, sys.maxsize)
    again: set[int] = set()
    for first, last in document["again"]:
        start = _whole_number(first, 0, rows - 1)
        end = _whole_number(last, start, min(rows - 1, start + _MOST_AGAIN - len(again)))
        again.update(range(start, end + 1))
    return Checkpoint(
        batch_id=_text(document["batch_id"]),
        content=_text(document["content"]),
        mail=_text(document["mail"]),
        rows=rows,
        queued=_whole_number(document["queued"], 0, sys.maxsize),
        again=again,
    )


def _whole_number(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("not a whole number in its range")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def ranges_of(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, each as its first and last. The numbers must be sorted."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
