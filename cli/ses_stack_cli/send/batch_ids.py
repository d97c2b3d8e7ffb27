"""Batch ids: which batch a run continues, so that no row is queued twice by mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import typer

from ses_stack.client import Attachment
from ses_stack_cli.output import counted
from ses_stack_cli.send.batch_files import Summary
from ses_stack_cli.send.checkpoints import Checkpoint, CheckpointError, Checkpoints

_BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_DIGEST_CHARACTERS, _NAME_CHARACTERS = 12, 40


def continued(
    checkpoints: Checkpoints,
    summary: Summary,
    options: Mapping[str, Any],
    *,
    batch_id: str | None,
    new_batch: bool,
) -> Checkpoint:
    """The checkpoint that a run continues: that of its batch, or a new one.

    Raises `CheckpointError` if the file has changed since a batch with the same options was queued from it, unless
    `batch_id` or `new_batch` decides. Ends the command with a usage error for an invalid batch id.
    """
    mail = digest_of(options)
    name = default_batch_id(checkpoints.path("").name, summary, mail) if batch_id is None else batch_id
    if not _BATCH_ID.fullmatch(name):
        raise typer.BadParameter("1 to 100 ASCII letters, digits, underscores and dashes", param_hint="--batch-id")
    if (found := checkpoints.of(name)) and found.content == summary.digest:
        return found
    if not found and batch_id is None and not new_batch:
        _check_unchanged(checkpoints, summary, mail)
    # Rows of a changed file have other numbers: all of them are queued again, under the ids that they had.
    return Checkpoint(batch_id=name, content=summary.digest, mail=mail)


def default_batch_id(checkpoint_name: str, summary: Summary, mail: str) -> str:
    """The batch id of a file with these options; another name, content or other options give another id."""
    name = checkpoint_name.partition(".")[0]
    digest = sha256(f"{checkpoint_name}\0{summary.digest}\0{mail}".encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:_NAME_CHARACTERS] or 'batch'}-{digest}"


def digest_of(options: Mapping[str, Any]) -> str:
    """A hash of the options that make mail from rows. Attachments count with their name and content."""

    def plain(value: object) -> object:
        if isinstance(value, Attachment):
            return [value.filename, sha256(value.content or b"").hexdigest()]
        return str(value)

    return sha256(json.dumps(options, sort_keys=True, default=plain).encode()).hexdigest()


def _check_unchanged(checkpoints: Checkpoints, summary: Summary, mail: str) -> None:
    for other in checkpoints.all():
        if other.mail == mail and other.content != summary.digest:
            raise CheckpointError(
                f"the file has changed since an earlier run queued {counted(other.queued, 'message')} from it: "
                f"--batch-id {other.batch_id} queues what is new in it, --new-batch queues all of it again"
            )
