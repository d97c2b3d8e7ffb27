"""Values of options: texts, JSON and tags."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import typer

from ses_stack_cli.send.option_values import json_of, parse_json, read_file, tags_of, text_of, without_absent


def test_a_text_is_itself_or_the_content_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text").write_text("Grüße", "utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe"))

    assert text_of(None, "--text") is None
    assert text_of("Hello @ all", "--text") == "Hello @ all"
    assert text_of(f"@{tmp_path}/text", "--text") == "Grüße"
    assert text_of("@-", "--text") == "from a pipe"


def test_a_file_that_cannot_be_read_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff")

    with pytest.raises(typer.BadParameter, match="none cannot be read: No such file") as caught:
        read_file(tmp_path / "none", "--html")
    assert caught.value.param_hint == "--html"
    with pytest.raises(typer.BadParameter, match="latin is not UTF-8 text"):
        text_of(f"@{tmp_path}/latin", "--text")


def test_json_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text("[1, null]")

    assert json_of(None, "--data") is None
    assert json_of('{"a": 1}', "--data") == {"a": 1}
    assert json_of(f"@{tmp_path}/data.json", "--data") == [1, None]


@pytest.mark.parametrize("text", ["{", "", "'a'", "[" * 100_000])
def test_a_text_that_is_not_json_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="not JSON") as caught:
        parse_json(text, "--data")
    assert caught.value.param_hint == "--data"


def test_tags_are_pairs() -> None:
    assert tags_of(None) is None
    assert tags_of([]) is None
    assert tags_of(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}


@pytest.mark.parametrize(("pairs", "problem"), [(["a"], "'a' is not NAME=VALUE"), (["a=1", "a=2"], "a is given twice")])
def test_other_tags_are_usage_errors(pairs: list[str], problem: str) -> None:
    with pytest.raises(typer.BadParameter, match=problem):
        tags_of(pairs)


def test_absent_fields_are_left_out() -> None:
    fields = {"a": None, "b": [], "c": (), "d": "", "e": 0, "f": False, "g": {}, "h": ["x"]}

    assert without_absent(fields) == {"d": "", "e": 0, "f": False, "g": {}, "h": ["x"]}
