"""Rows as send requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from ses_stack.errors import RequestError
from ses_stack_cli.send.batch_files import BatchFile, BatchFileError, Row
from ses_stack_cli.send.batch_requests import RowRequests, row_requests
from ses_stack_cli.send.placeholders import PlaceholderError

OPTIONS: dict[str, Any] = {"stream": "marketing", "from": "a@x.org"}
PLAIN = OPTIONS | {"subject": "Hi {name}", "text": "T"}
ROW = Row(2, "row", {"email": "ann@x.org", "name": "Ann"})


def requests(path: Path, content: str, options: dict[str, Any], to_column: str | None = None) -> RowRequests:
    path.write_text(content)
    batch = BatchFile(path)
    return row_requests(batch, batch.summary(), options, to_column)


def test_columns_fill_the_placeholders() -> None:
    document = RowRequests(PLAIN, "email").request_of(ROW, "b")

    assert document == PLAIN | {"subject": "Hi Ann", "to": "ann@x.org", "request_id": document["request_id"]}


def test_columns_are_the_data_of_a_template() -> None:
    document = RowRequests(OPTIONS | {"template": "may"}, "email").request_of(ROW, "b")

    assert document["data"] == {"email": "ann@x.org", "name": "Ann"}


def test_a_document_overrides_the_options() -> None:
    row = Row(1, "row", {"to": "b@x.org", "stream": "default", "request_id": "own"})

    assert RowRequests(OPTIONS, None).request_of(row, "b") == {
        "request_id": "own",
        "stream": "default",
        "from": "a@x.org",
        "to": "b@x.org",
    }


def test_request_ids_follow_from_batch_and_row() -> None:
    def request_id(key: str, batch_id: str) -> str:
        found: str = RowRequests(OPTIONS, None).request_of(Row(1, key, {}), batch_id)["request_id"]
        return found

    # A run of a newer version must give a row the same id.
    assert request_id("row", "b") == "b-634768dae1474506e4bf"
    assert len({request_id("row", "b"), request_id("row", "c"), request_id("other", "b")}) == 3


def test_the_recipient_is_in_a_column(tmp_path: Path) -> None:
    assert requests(tmp_path / "l.csv", "email,name\n", PLAIN).recipient == "email"
    assert requests(tmp_path / "l.csv", "email,name,work\n", PLAIN, "work").recipient == "work"
    assert requests(tmp_path / "l.jsonl", "{}\n", {}).recipient is None


@pytest.mark.parametrize(
    ("name", "content", "options", "column", "error"),
    [
        ("l.csv", "a,name\n", PLAIN, None, BatchFileError),
        ("l.csv", "email,name\n", PLAIN, "work", BatchFileError),
        ("l.csv", "email\n", PLAIN, None, PlaceholderError),
        ("l.csv", "email,name\n", OPTIONS, None, RequestError),
        ("l.jsonl", "{}\n", PLAIN, "email", typer.BadParameter),
    ],
)
def test_faults_of_all_rows_are_found_first(  # noqa: PLR0917
    tmp_path: Path, name: str, content: str, options: dict[str, Any], column: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        requests(tmp_path / name, content, options, column)
