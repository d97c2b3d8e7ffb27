"""Addresses that several rows name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ses_stack_cli.send.batch_files import Row
from ses_stack_cli.send.repeated_addresses import note_repeated, repeated


def rows(*addresses: Any, column: str = "email") -> list[Row]:
    """A row for each address, from line 2 on. A number makes rows with the same address differ."""
    return [Row(line, json.dumps([each, line]), {column: each}) for line, each in enumerate(addresses, 2)]


def test_an_address_is_found_again_in_any_case_and_with_any_name() -> None:
    found = repeated(rows("ann@x.org", "bob@x.org", "ANN@X.org", "Bob <bob@x.org>", "carol@x.org"), "email")

    assert list(found) == [(4, 2), (5, 3)]


def test_equal_rows_are_one_message() -> None:
    row = Row(2, "same", {"email": "ann@x.org"})

    assert list(repeated([row, Row(3, "same", row.values)], "email")) == []


def test_requests_of_json_lines_have_one_recipient_or_several() -> None:
    found = repeated(rows("ann@x.org", ["bob@x.org", "Ann@x.org"], ["ann@x.org", "ANN@x.org"], 5, column="to"), None)

    assert list(found) == [(3, 2), (4, 2)]


def test_texts_that_are_no_address_are_compared_as_they_are() -> None:
    assert list(repeated(rows("nobody", "Nobody", "nobody", "\udcff"), "email")) == [(4, 2)]


def test_the_notes_name_lines_and_never_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    note_repeated(rows(*["ann@x.org"] * 24), "email")

    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "line 3: the address of line 2 again: it gets a message for each line"
    assert lines[-1] == "23 lines in all have an address of a line before"
    assert len(lines) == 21
    assert "@" not in "".join(lines)


def test_nothing_is_noted_where_no_address_is_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    note_repeated(rows("ann@x.org", "bob@x.org"), "email")

    assert capsys.readouterr().err == ""
