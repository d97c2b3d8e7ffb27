"""Which batch a run continues."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from ses_stack.client import Attachment
from ses_stack_cli.send.batch_files import Summary
from ses_stack_cli.send.batch_ids import continued, default_batch_id, digest_of
from ses_stack_cli.send.checkpoints import Checkpoint, CheckpointError, Checkpoints

SUMMARY = Summary("content-1", 3, ("email",))
CHANGED = Summary("content-2", 4, ("email",))
OPTIONS = {"stream": "marketing"}
MAIL = digest_of(OPTIONS)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    return Checkpoints(tmp_path / "May list.csv")


def run(checkpoints: Checkpoints, summary: Summary, batch_id: str | None = None, new_batch: bool = False) -> Checkpoint:
    return continued(checkpoints, summary, OPTIONS, batch_id=batch_id, new_batch=new_batch)


def saved(checkpoints: Checkpoints, checkpoint: Checkpoint) -> Checkpoint:
    checkpoint.rows, checkpoint.queued = 3, 3
    checkpoints.save(checkpoint)
    return checkpoint


def test_the_first_run_begins_a_batch(checkpoints: Checkpoints) -> None:
    checkpoint = run(checkpoints, SUMMARY)

    assert checkpoint == Checkpoint(batch_id=checkpoint.batch_id, content="content-1", mail=MAIL)
    assert checkpoint.batch_id.startswith("May-list-")
    assert run(checkpoints, SUMMARY, "may").batch_id == "may"


def test_the_second_run_continues_it(checkpoints: Checkpoints) -> None:
    checkpoint = saved(checkpoints, run(checkpoints, SUMMARY))

    assert run(checkpoints, SUMMARY) == checkpoint


def test_a_changed_file_needs_a_decision(checkpoints: Checkpoints) -> None:
    checkpoint = saved(checkpoints, run(checkpoints, SUMMARY))

    with pytest.raises(
        CheckpointError, match=f"an earlier run queued 3 messages from it: --batch-id {checkpoint.batch_id} "
    ):
        run(checkpoints, CHANGED)
    same_batch = run(checkpoints, CHANGED, checkpoint.batch_id)
    assert same_batch == Checkpoint(batch_id=checkpoint.batch_id, content="content-2", mail=MAIL)
    assert run(checkpoints, CHANGED, new_batch=True).batch_id != checkpoint.batch_id


def test_another_mail_to_the_same_file_is_another_batch(checkpoints: Checkpoints) -> None:
    saved(checkpoints, run(checkpoints, SUMMARY))

    other = continued(checkpoints, CHANGED, {"stream": "default"}, batch_id=None, new_batch=False)
    assert (other.rows, other.mail) == (0, digest_of({"stream": "default"}))


@pytest.mark.parametrize("batch_id", ["a b", "ä", "a" * 101, "../a"])
def test_an_invalid_batch_id_is_a_usage_error(checkpoints: Checkpoints, batch_id: str) -> None:
    with pytest.raises(typer.BadParameter, match="1 to 100 ASCII letters"):
        run(checkpoints, SUMMARY, batch_id)


def test_batch_ids_stay_the_same_in_every_version() -> None:
    # A run of a newer version must not queue again what an older one has queued.
    assert default_batch_id("list.csv..checkpoint.json", Summary("c", 1, None), "m") == "list-ecd65a6f83ff"
    assert default_batch_id("--..checkpoint.json", SUMMARY, "m").startswith("batch-")


def test_the_digest_follows_the_content_of_attachments() -> None:
    def digest(content: bytes) -> str:
        return digest_of({"attachments": [Attachment(filename="a", content=content)]})

    assert digest(b"1") == digest(b"1") != digest(b"2")
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
