"""Attachments from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack.errors import RequestError
from ses_stack.requests.adapters.attachment_files import read_files
from tests.support.lanes import MAIL, lane_messages


def test_files_are_read_and_typed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "a.tar.gz").write_bytes(b"1")

    first, second = read_files([tmp_path / "a.pdf", str(tmp_path / "a.tar.gz")])

    assert (first.filename, first.content_type, first.content) == ("a.pdf", "application/pdf", b"%PDF")
    assert second.content_type == "application/octet-stream"
    assert read_files(tmp_path / "a.pdf") == [first]  # people do


def test_a_file_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[1\] cannot be read: No such file"):
        read_files([{"filename": "a", "content": "AA=="}, tmp_path / "none"])


@pytest.mark.parametrize("name", ["mail.eml", "page.mht", "MAIL.EML", "news.nws"])
def test_a_message_is_attached_as_a_file(tmp_path: Path, name: str) -> None:
    # Its own type, message/rfc822, must not be encoded in base64: validation refuses it.
    (tmp_path / name).write_bytes(b"Subject: Hi\r\n\r\nHello")

    (attachment,) = read_files(tmp_path / name)

    assert (attachment.filename, attachment.content_type) == (name, "application/octet-stream")
    assert lane_messages(MAIL | {"attachments": [attachment]})


@pytest.mark.parametrize("path", ["a\0b", "\ud800", Path("a\0b"), ""])
def test_a_path_that_is_no_file_name_is_refused(path: str | Path) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[0\] cannot be read: "):
        read_files([path])


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^attachments\[0\] cannot be read: Is a directory"):
        read_files(tmp_path)


def test_no_more_is_read_than_ses_takes(tmp_path: Path) -> None:
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(10**12)

    with pytest.raises(RequestError, match=r"^attachments\[0\] is larger than the 40000000 bytes"):
        read_files(tmp_path / "large.bin")


@pytest.mark.parametrize("value", [None, 5, {1}, b"a"])
def test_what_is_no_list_is_left_to_validation(value: object) -> None:
    assert read_files(value) is value
