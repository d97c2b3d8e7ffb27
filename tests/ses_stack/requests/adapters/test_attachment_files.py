"""Attachments from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.adapters.attachment_files import read_files


def test_files_are_read_and_typed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "a.tar.gz").write_bytes(b"1")

    first, second = read_files([tmp_path / "a.pdf", str(tmp_path / "a.tar.gz")])

    assert (first.filename, first.content_type, first.content) == ("a.pdf", "application/pdf", b"%PDF")
    assert second.content_type == "application/octet-stream"
    assert read_files(tmp_path / "a.pdf") == [first]  # type: ignore[arg-type]  # people do


def test_a_file_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[1\] cannot be read: No such file"):
        read_files([{"filename": "a", "content": "AA=="}, tmp_path / "none"])
