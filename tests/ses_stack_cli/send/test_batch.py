"""`ses-stack send-batch`, on a stack in moto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ses_stack.errors import QueueingError
from ses_stack.requests.adapters.queues import SendQueues
from ses_stack_cli.send import batch, batch_run
from tests.ses_stack_cli.send.conftest import SendCli

NEWS = ("-s", "marketing", "--from", "News <news@x.org>", "--template", "may")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("email,name\n" + "".join(f"{n}@x.org,N{n}\n" for n in range(25)))
    return path


def test_columns_become_the_templates_data(cli: SendCli, file: Path) -> None:
    found = cli.json("send-batch", str(file), *NEWS, "--tag", "campaign=may")

    assert (found["queued"], found["failed"], found["queued_before"]) == (25, 0, 0)
    documents = cli.queued()
    assert {each["to"][0]: each["data"]["name"] for each in documents} == {f"{n}@x.org": f"N{n}" for n in range(25)}
    assert all(each["request_id"].startswith(found["batch_id"]) for each in documents)
    assert documents[0]["tags"] == {"campaign": "may"}


def test_columns_fill_subject_and_text(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text('to;name\nann@x.org;"A; <b>"\n')
    cli(
        *("send-batch", str(path), "-s", "marketing", "--from", "a@x.org", "--subject", "Hi {name}"),
        *("--text", "{{name}} {{ name }}", "--html", "<style>p {color: red}</style>{name}"),
    )
    (document,) = cli.queued()
    assert document["subject"] == "Hi A; <b>"
    assert document["text"] == "A; <b> A; <b>"
    assert document["html"] == "<style>p {color: red}</style>A; &lt;b&gt;"


def test_a_placeholder_without_a_column_stops_before_anything_is_queued(cli: SendCli, file: Path) -> None:
    options = ("-s", "marketing", "--from", "a@x.org", "--subject", "Hi {nmae}", "--text", "t")

    assert (
        "--subject names {nmae}, and the columns are email, name" in cli("send-batch", str(file), *options, code=1).err
    )
    assert cli.queued() == []


def test_options_that_are_wrong_stop_before_anything_is_queued(cli: SendCli, file: Path) -> None:
    assert "stream is not a stream" in cli("send-batch", str(file), *NEWS, "-s", "x", code=1).err
    assert cli.queued() == []


def test_the_second_run_queues_nothing(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    assert len(cli.queued()) == 25
    found = cli.json("send-batch", str(file), *NEWS)

    assert (found["queued"], found["queued_before"]) == (0, 25)
    assert cli.queued() == []


def test_without_the_checkpoint_the_ids_are_the_same(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    (checkpoint,) = file.parent.glob("*.checkpoint.json")
    checkpoint.unlink()
    first = {each["request_id"] for each in cli.queued()}
    cli("send-batch", str(file), *NEWS)

    assert {each["request_id"] for each in cli.queued()} == first


def test_another_mail_to_the_same_list_is_another_batch(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    cli("send-batch", str(file), *NEWS, "--tag", "a=b")

    assert len({each["request_id"] for each in cli.queued()}) == 50


def test_a_file_that_changed_is_not_queued_again_by_mistake(cli: SendCli, file: Path) -> None:
    batch_id = cli.json("send-batch", str(file), *NEWS)["batch_id"]
    first = {each["request_id"] for each in cli.queued()}
    file.write_text(file.read_text() + "new@x.org,New\n")

    assert f"--batch-id {batch_id} queues what is new" in cli("send-batch", str(file), *NEWS, code=1).err
    assert cli.queued() == []
    cli("send-batch", str(file), *NEWS, "--batch-id", batch_id)
    second = {each["request_id"] for each in cli.queued()}
    assert first < second
    assert len(second - first) == 1
    cli("send-batch", str(file), *NEWS, "--new-batch")
    assert not {each["request_id"] for each in cli.queued()} & second


def test_bad_rows_are_reported_by_line_and_tried_again(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes(
        b"\xef\xbb\xbfemail,name\nann@x.org,Ann\nbob,Bob\n\n"
        b'"cy@x.org","C\ny"\ndan@x.org\neve@x.org,E,E\nfay@x.org,\xff\ngus@x.org,"\xf0\x9f\x91\x8b"\n'
    )
    found = cli.json("send-batch", str(path), *NEWS, code=1)

    assert (found["queued"], found["failed"]) == (3, 4)
    assert [(each["line"], each["field"], each["problem"]) for each in found["failures"]] == [
        (7, "the row", "has 1 cells, and the first line names 2 columns"),
        (8, "the row", "has 3 cells, and the first line names 2 columns"),
        (9, "the row", "is not UTF-8 text: save the file as UTF-8"),
        (3, "to[0]", "has no @"),
    ]
    assert "line 3: to[0] has no @" in cli.err
    again = cli.json("send-batch", str(path), *NEWS, code=1)
    assert (again["queued"], again["failed"], again["queued_before"]) == (0, 4, 3)
    assert "3 rows queued before, 4 failed" in cli("send-batch", str(path), *NEWS, code=1).out


def test_json_lines_are_requests(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(
        '{"to": "a@x.org", "data": {"n": 1}}\n\n{"to": ["b@x.org", "c@x.org"], "template": "june"}\n'
        '{"to": "d@x.org", "nmae": 1}\n{\n[]\n{"to": "e@x.org", "request_id": "own"}\n'
    )
    found = cli.json("send-batch", str(path), *NEWS, code=1)

    assert (found["queued"], found["failed"]) == (4, 3)
    assert sorted(each["line"] for each in found["failures"]) == [4, 5, 6]
    documents = {each["to"][0]: each for each in cli.queued()}
    assert documents["a@x.org"]["data"] == {"n": 1}
    assert documents["b@x.org"]["template"] == "june"
    assert documents["b@x.org"]["request_id"] != documents["c@x.org"]["request_id"]
    assert documents["e@x.org"]["request_id"] == "own"


def test_json_lines_have_no_columns(cli: SendCli, tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text("{}\n")
    cli("send-batch", str(tmp_path / "l.jsonl"), "--to-column", "a", code=2)


def test_a_dry_run_leaves_nothing_behind(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS, "--dry-run")

    assert "25 valid messages, nothing was queued" in cli.out
    assert list(file.parent.iterdir()) == [file]
    assert cli.queued() == []


def test_a_run_that_is_stopped_while_the_file_is_checked_says_so(
    cli: SendCli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "note_repeated", interrupted)
    cli("send-batch", str(file), *NEWS, "--dry-run", code=130)
    assert cli.err == "stopped while the file was checked: nothing was queued\n"


def test_a_run_that_was_cut_short_goes_on(cli: SendCli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "ROWS_PER_CHECKPOINT", 10)
    put, calls = SendQueues.put, []

    def failing(self: SendQueues, lane: str, letters: Any) -> dict[int, str]:
        calls.append(lane)
        if len(calls) == 2:
            raise QueueingError("the bulk queue refuses mail")
        return put(self, lane, letters)

    monkeypatch.setattr(SendQueues, "put", failing)
    assert "10 messages queued; the same command goes on" in cli("send-batch", str(file), *NEWS, code=1).err
    found = cli.json("send-batch", str(file), *NEWS)

    assert (found["queued"], found["queued_before"]) == (15, 10)
    assert len({each["request_id"] for each in cli.queued()}) == 25


def test_what_sqs_did_not_take_is_queued_by_the_next_run(
    cli: SendCli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as once:
        once.setattr(SendQueues, "put", lambda *_: {0: "InternalError"})
        found = cli.json("send-batch", str(file), *NEWS, code=1)
    assert (found["queued"], found["failed"]) == (22, 3)
    assert "was not taken by SQS: InternalError" in found["failures"][0]["problem"]

    assert cli.json("send-batch", str(file), *NEWS)["queued"] == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("a,a\n", "line 1: two columns have the same name"),
        ("a,b\n1,2\n", "has no column for the recipient"),
        ('email,name\na@x.org,A\nb@x.org,"open\n', "line 3: unexpected end of data"),
        ('email,name\na@x.org,"A"B\n', "line 2:"),
        ('"email\n', "line 1: unexpected end of data"),
    ],
)
def test_a_file_whose_form_is_wrong_stops_before_anything_is_queued(
    cli: SendCli, tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "l.csv").write_text(content)

    assert problem in cli("send-batch", str(tmp_path / "l.csv"), *NEWS, code=1).err
    assert cli.queued() == []


def test_a_missing_file_is_an_error(cli: SendCli) -> None:
    assert "cannot be read: No such file" in cli("send-batch", "/none.csv", *NEWS, code=1).err


def test_the_column_of_the_recipient_may_be_named(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("email,work\na@x.org,b@x.org\n")
    cli("send-batch", str(path), *NEWS, "--to-column", "work")
    assert cli.queued()[0]["to"] == ["b@x.org"]
    assert "has no column 'home': email, work" in cli("send-batch", str(path), *NEWS, "--to-column", "home", code=1).err


def test_an_invalid_batch_id_is_a_usage_error(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS, "--batch-id", "a b", code=2)


def test_a_broken_checkpoint_is_an_error(cli: SendCli, file: Path) -> None:
    cli("send-batch", str(file), *NEWS)
    (checkpoint,) = file.parent.glob("*.checkpoint.json")
    checkpoint.write_text("{")

    assert "cannot be read: it is damaged. Remove it" in cli("send-batch", str(file), *NEWS, code=1).err


def test_large_attachments_of_a_batch_are_stored_once(cli: SendCli, file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"1" * 1_500_000)
    cli("send-batch", str(file), *NEWS, "--attach", str(tmp_path / "a.pdf"))

    assert len({each["attachments"][0]["key"] for each in cli.queued()}) == 1


def test_a_column_may_have_any_name(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("to,First Name\nann@x.org,Ann\n")
    options = ("-s", "marketing", "--from", "a@x.org", "--text", "t")

    cli("send-batch", str(path), *options, "--subject", "Hi {First Name}")
    assert cli.queued()[0]["subject"] == "Hi Ann"
    error = cli("send-batch", str(path), *options, "--subject", "Hi {First name}", code=1).err
    assert "--subject names {First name}, and the columns are to, First Name; \\{ is an ordinary brace" in error


def test_json_lines_have_no_placeholders(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text('{"to": "ann@x.org", "text": "{a}"}\n')
    options = ("-s", "marketing", "--from", "a@x.org")

    assert "there are no columns" in cli("send-batch", str(path), *options, "--subject", "Hi {name}", code=1).err
    cli("send-batch", str(path), *options, "--subject", "\\{Hi\\}")
    assert [(each["subject"], each["text"]) for each in cli.queued()] == [("{Hi}", "{a}")]


def test_an_address_that_two_rows_name_is_noted(cli: SendCli, tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("to,name\nann@x.org,Ann\nbob@x.org,Bob\nANN@x.org,Anna\n")

    cli("send-batch", str(path), *NEWS)

    assert "line 4: the address of line 2 again: it gets a message for each line" in cli.err
    assert len(cli.queued()) == 3


def test_an_empty_batch_id_is_refused(cli: SendCli, file: Path) -> None:
    assert "1 to 100 ASCII letters" in cli("send-batch", str(file), *NEWS, "--batch-id", "", code=2).err


def test_a_mail_is_attached_by_its_path(cli: SendCli, file: Path, tmp_path: Path) -> None:
    (tmp_path / "notice.eml").write_text("Subject: Hi\n\nHello")

    cli("send-batch", str(file), *NEWS, "--attach", str(tmp_path / "notice.eml"))

    (attachment,) = cli.queued()[0]["attachments"]
    assert (attachment["filename"], attachment["content_type"]) == ("notice.eml", "application/octet-stream")
