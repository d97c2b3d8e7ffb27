"""Checkpoints beside a batch file."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack_cli.send.checkpoints import Checkpoint, CheckpointError, Checkpoints, ranges_of

CHECKPOINT = Checkpoint(batch_id="b", content="c", mail="m", rows=9, queued=6, again={1, 2, 7})


def test_a_checkpoint_is_saved_and_read(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.save(CHECKPOINT)

    assert checkpoints.of("b") == CHECKPOINT
    assert checkpoints.of("other") is None
    assert list(tmp_path.iterdir()) == [tmp_path / "list.csv.b.checkpoint.json"]


def test_the_format_of_the_file_is_fixed(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.save(CHECKPOINT)

    assert json.loads(checkpoints.path("b").read_text()) == {
        "v": 1,
        "batch_id": "b",
        "content": "c",
        "mail": "m",
        "rows": 9,
        "queued": 6,
        "again": [[1, 2], [7, 7]],
    }


def test_only_checkpoints_of_the_file_are_found(tmp_path: Path) -> None:
    for name in ("a[1].csv", "a1.csv"):
        Checkpoints(tmp_path / name).save(CHECKPOINT)

    assert list(Checkpoints(tmp_path / "a[1].csv").all()) == [CHECKPOINT]
    assert list(Checkpoints(tmp_path / "none.csv").all()) == []


def changed(name: str, value: str) -> str:
    fields = {"batch_id": '"b"', "content": '"c"', "mail": '"m"', "rows": "9", "queued": "6", "again": "[[1, 2]]"}
    return "{" + ", ".join(f'"{each}": {text}' for each, text in (fields | {name: value}).items()) + "}"


def test_a_whole_checkpoint_is_read(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.path("b").write_text(changed("again", "[[0, 0], [2, 8]]"))

    found = checkpoints.of("b")

    assert found
    assert found.again == {0, *range(2, 9)}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "[" * 100_000,
        '{"batch_id": "b"}',
        *(changed("rows", value) for value in ("1e400", "-1", "1.5", "true", '"9"', "null", "NaN", "1" * 5000)),
        *(changed("queued", value) for value in ("1e400", "-1", "null")),
        *(changed(name, value) for name in ("batch_id", "content", "mail") for value in ("1", "null")),
        *(
            changed("again", value)
            for value in ("1", "[1]", "[[1]]", "[[1, 9]]", "[[-1, 2]]", "[[2, 1]]", "[[0, 1e9]]")
        ),
        changed("again", "[[0, 20000000]]"),
        changed("again", "[[0, 20000000]]").replace('"rows": 9', '"rows": 30000000'),
        changed("again", "[[0, 4000000], [5000000, 8000000]]").replace('"rows": 9', '"rows": 30000000'),
    ],
    ids=lambda text: text[:60],
)
def test_a_broken_checkpoint_is_an_error(tmp_path: Path, content: str) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.path("b").write_text(content)

    with pytest.raises(CheckpointError, match=r"cannot be read: it is damaged\. Remove it"):
        checkpoints.of("b")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be written: No such file"):
        Checkpoints(tmp_path / "none" / "list.csv").save(CHECKPOINT)


def test_rows_before_the_checkpoint_are_queued_but_for_the_failed() -> None:
    assert [row for row in range(12) if CHECKPOINT.is_queued(row)] == [0, 3, 4, 5, 6, 8]


@given(st.sets(st.integers(0, 50)))
def test_ranges_hold_exactly_their_numbers(numbers: set[int]) -> None:
    ranges = list(ranges_of(sorted(numbers)))

    assert {number for first, last in ranges for number in range(first, last + 1)} == numbers
    assert all(first <= last for first, last in ranges)
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(ranges))


def test_a_checkpoint_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.path("b").mkdir()

    with pytest.raises(CheckpointError, match=r"cannot be read: Is a directory\. Remove it"):
        checkpoints.of("b")


def test_a_checkpoint_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "list.csv")
    checkpoints.path("b").write_bytes(b"\xff")

    with pytest.raises(CheckpointError, match="it is damaged"):
        list(checkpoints.all())
