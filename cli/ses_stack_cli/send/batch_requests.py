"""Rows of a batch file as send requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import typer

from ses_stack.requests.documents import complete_document
from ses_stack.requests.validation import validated
from ses_stack_cli.send import placeholders
from ses_stack_cli.send.batch_files import BatchFile, Row, Summary

_DIGEST_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class RowRequests:
    """Makes requests from rows. `options` are the fields that all rows share.

    `recipient` is the column with the address; None for JSON Lines, whose rows are documents.
    """

    options: Mapping[str, Any]
    recipient: str | None

    def request_of(self, row: Row, batch_id: str) -> dict[str, Any]:
        """The document of a row's request. The same row of the same batch always has the same request id."""
        request_id = f"{batch_id}-{sha256(row.key.encode()).hexdigest()[:_DIGEST_CHARACTERS]}"
        if self.recipient is None:
            return {"request_id": request_id} | dict(self.options) | dict(row.values)
        document = {"request_id": request_id, "to": row.values[self.recipient]} | dict(self.options)
        if "template" in document:
            return document | {"data": dict(row.values)}
        return document | placeholders.filled(self.options, row.values)


def row_requests(batch: BatchFile, summary: Summary, options: Mapping[str, Any], to_column: str | None) -> RowRequests:
    """The requests of a file's rows.

    Faults that all rows would have are found here, before a row is queued: raises `BatchFileError` for a file without
    the recipient's column, `PlaceholderError` for a text with an unknown column, `RequestError` for a wrong option.
    """
    if summary.columns is None:
        if to_column:
            raise typer.BadParameter(
                "JSON Lines have no columns: each line is a send request", param_hint="--to-column"
            )
        placeholders.check(options, ())
        return RowRequests({**options, **placeholders.filled(options, {})}, None)
    recipient = batch.recipient_column(to_column)
    placeholders.check(options, summary.columns)
    sample = {"v": 1, "request_id": "sample", "to": ["ann@example.com"], **options}
    validated(complete_document(sample, str))
    return RowRequests(options, recipient)
