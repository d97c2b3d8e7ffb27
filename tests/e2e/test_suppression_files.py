"""Lists in files, on the deployed stack: what people bring, and what `export` writes for `import`."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ses_stack_cli.local import state
from tests.e2e.stack import Stack, command, eventually, ses_stack
from tests.e2e.test_suppression import bounce, mark

pytestmark = pytest.mark.e2e

TIME = "2026-11-20T10:00:00.000Z"
# Values that an event may bring: a cell that a spreadsheet runs, and what a terminal obeys.
TITLE = "\x1b]0;owned\x07\x1b[2J"
HOSTILE = ["=cmd|' /C calc'!A0", '@"SUM(1+1)"', "a\nb\r\nc", "\x00", "'=1", " x ", "\u202egnp", TITLE]
# The files of each provider as they are, with the reason and the day that each address gets.
SAMPLES = {
    "ses_bulk_import.csv": {"ann": ("bounce", None), "bob": ("complaint", None)},
    "sendgrid_bounces.csv": {"ann": ("bounce", "2025-11-24"), "bob": ("bounce", "2025-11-24")},
    "mailchimp_unsubscribed.csv": {"ann": ("unsubscribe", "2026-01-05"), "bob": ("unsubscribe", "2026-01-06")},
    "mailgun_bounces.csv": {"ann": ("bounce", "2026-01-05"), "bob": ("bounce", "2026-01-05")},
    "excel_semicolons.csv": {"ann": ("manual", "2025-11-24"), "bob": ("manual", "2025-11-24")},
}


def lines(run: str) -> list[dict[str, Any]]:
    """The list, of one test's addresses. `source` is left out: an imported line says `import`."""
    found = json.loads(ses_stack("suppression", "list", "--limit", "100000", "--json"))["suppressions"]
    return [{**line, "source": None} for line in found if run in line["recipient"]]


def imported(path: Path, *, expect: int = 0) -> dict[str, Any]:
    """The summary of an import."""
    summary: dict[str, Any] = json.loads(ses_stack("suppression", "import", str(path), "--json", expect=expect))
    return summary


def test_files_of_providers_and_of_excel_are_loaded(stack: Stack, tmp_path: Path) -> None:
    run = mark()
    folder = state.project() / "tests" / "ses_stack" / "suppression" / "files" / "samples"
    for number, name in enumerate(SAMPLES):
        encoding = "utf-16" if name.startswith("excel") else "utf-8"
        text = (folder / name).read_bytes().decode(encoding).replace("@example.com", f".{number}.{run}@x.org")
        (tmp_path / name).write_bytes(text.encode(encoding))
        # SendGrid's third line has status 4.2.2: that address gets mail.
        is_partial = name.startswith("sendgrid")
        summary = imported(tmp_path / name, expect=1 if is_partial else 0)
        assert (summary["added"], summary["bad"]) == (2, int(is_partial)), name
    found = {line["recipient"].partition("@")[0]: (line["reason"], line["event_time"][:10]) for line in lines(run)}
    for number, expected in enumerate(SAMPLES.values()):
        for person, (reason, day) in expected.items():
            loaded = found.pop(f"{person}.{number}.{run}")
            assert loaded == (reason, day or loaded[1]), (number, person)
    assert found == {}


def test_the_answer_of_ses_is_loaded_as_the_aws_cli_prints_it(stack: Stack, tmp_path: Path) -> None:
    run = mark()
    ses = stack.client("sesv2")
    for address, reason in ((f"Ann.{run}@x.org", "BOUNCE"), (f"bob.{run}@x.org", "COMPLAINT")):
        ses.put_suppressed_destination(EmailAddress=address, Reason=reason)
    answer = ses.list_suppressed_destinations(PageSize=1000)
    summaries = [each for each in answer["SuppressedDestinationSummaries"] if run in each["EmailAddress"]]
    printed = {"SuppressedDestinationSummaries": summaries}
    (tmp_path / "listed.json").write_text(json.dumps(printed, indent=4, default=lambda moment: moment.isoformat()))

    assert imported(tmp_path / "listed.json")["added"] == 2
    found = {line["address"]: (line["reason"], line["event_time"][:19]) for line in lines(run)}
    assert found == {
        each["EmailAddress"]: (each["Reason"].lower(), f"{each['LastUpdateTime']:%Y-%m-%dT%H:%M:%S}")
        for each in summaries
    }


def test_an_export_fills_an_emptied_list_with_exactly_the_same_rows(
    stack: Stack, samples: Path, tmp_path: Path
) -> None:
    run = mark()
    rows = [hostile(run, number, text) for number, text in enumerate(HOSTILE)]
    rows.append({**hostile(run, 90, "soft"), "reason": "soft_bounce", "expires_at": "2099-01-01T00:00:00Z"})
    rows.append({**hostile(run, 91, "topic"), "reason": "unsubscribe", "scope": "topic:a,b"})
    (tmp_path / "hostile.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert imported(tmp_path / "hostile.jsonl")["bad"] == 0
    stack.publish([bounce(samples, run, f"Event.{run}@Example.org")])
    eventually("the bounce is in the list", lambda: len(lines(run)) == len(rows) + 1)
    before = lines(run)
    assert [line["subtype"] for line in before if ".h0" in line["recipient"]] == HOSTILE

    file = tmp_path / "list.csv"
    ses_stack("suppression", "export", str(file))
    empty(stack, run)
    assert lines(run) == []
    summary = imported(file)
    assert summary["added"] >= len(before), "and lines of other tests, which events made"
    assert summary["bad"] == 0
    assert lines(run) == before
    again = imported(file)
    assert (again["added"], again["already"]) == (0, again["lines"])


def hostile(run: str, number: int, text: str) -> dict[str, Any]:
    """A line as `export` writes it, in JSON."""
    address = f"={run}.h{number:02}@x.org"
    names = ("address", "scope", "reason", "subtype", "event_time", "source", "message_id", "expires_at")
    return dict(zip(names, (address, "*", "bounce", text, TIME, "event", text, None), strict=True))


def empty(stack: Stack, run: str) -> None:
    """Deletes all rows of one test's addresses."""
    for row in stack.rows("SuppressionTableName"):
        if run in row["recipient"]["S"]:
            key = {name: row[name] for name in ("recipient", "scope")}
            stack.dynamodb.delete_item(TableName=stack.outputs["SuppressionTableName"], Key=key)


def test_what_is_stopped_half_way(stack: Stack, tmp_path: Path) -> None:
    """A stopped import goes on when it runs again; a stopped export leaves the old file."""
    run = mark()
    count = 2_400
    rows = [f"n{number}.{run}@x.org,{TIME},{'a remark ' * 40}\n" for number in range(count)]
    many, slow = tmp_path / "many.csv", tmp_path / "slow.csv"
    header = "email,event_time,note\n"
    many.write_text(header + "".join(rows))
    os.mkfifo(slow)
    row = {
        "TableName": stack.outputs["SuppressionTableName"],
        "Key": {"recipient": {"S": f"n0.{run}@x.org"}, "scope": {"S": "*"}},
    }
    with started("suppression", "import", str(slow)) as load, slow.open("w") as first_part:
        # 800 kilobytes: more than the command holds unread and unloaded. The rest never comes.
        first_part.write(header + "".join(rows[:-200]))
        first_part.flush()
        eventually("the first lines are loaded", lambda: "Item" in stack.dynamodb.get_item(**row))
        remark = stopped(load, signal.SIGINT)
    assert "stopped: the same command loads the rest, and changes nothing that is loaded already" in remark
    summary = imported(many)
    assert (summary["added"] + summary["already"], summary["bad"]) == (count, 0)
    assert summary["added"] > 0, "it was stopped half-way"
    assert summary["already"] > 0, "and it went on"
    assert len(lines(run)) == count

    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "list.csv").write_text("the old list\n")
    for number in (signal.SIGINT, signal.SIGTERM):
        with started("suppression", "export", str(folder / "list.csv")) as export:
            while not list(folder.glob(".list.csv.*.part")):
                assert export.poll() is None, "the export ended before it could be stopped"
                time.sleep(0.001)
            stopped(export, number)
        assert [path.name for path in folder.iterdir()] == ["list.csv"]
        assert (folder / "list.csv").read_text() == "the old list\n"


def started(*arguments: str) -> subprocess.Popen[str]:
    """A command that runs beside the test."""
    return subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Stops a command with a signal; what it wrote on standard error."""
    process.send_signal(number)
    _, remark = process.communicate()
    assert process.returncode == 128 + number, remark
    return remark


def test_a_terminal_gets_nothing_raw(stack: Stack, samples: Path, tmp_path: Path) -> None:
    run = mark()
    (tmp_path / "hostile.jsonl").write_text(json.dumps(hostile(run, 1, TITLE)) + "\n")
    imported(tmp_path / "hostile.jsonl")
    event = bounce(samples, run, f"ann.{run}@x.org", message=run)
    event["detail"]["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = TITLE
    stack.publish([event])
    eventually("the bounce is stored", lambda: len(stack.events_of(run)) == 1)
    for arguments in (
        ["suppression", "export", "-"],
        ["timeline", run],
        ["timeline", run, "--raw"],
    ):
        shown = in_a_terminal(*arguments)
        assert run.encode() in shown, arguments
        for raw in (b"\x1b]0;", b"\x1b[2J", b"\x07", b"\x00", "\u202e".encode()):
            assert raw not in shown, (arguments, raw)


def in_a_terminal(*arguments: str) -> bytes:
    """What a terminal of 200 columns gets from a command."""
    terminal, its_end = pty.openpty()
    fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    with subprocess.Popen(command(*arguments), stdin=its_end, stdout=its_end, stderr=its_end) as process:
        os.close(its_end)
        shown = b"".join(read_all(terminal))
        os.close(terminal)
    assert process.returncode == 0, shown
    return shown


def read_all(terminal: int) -> Iterator[bytes]:
    """Everything until the command ends, which Linux reports as an error of reading."""
    while True:
        try:
            yield os.read(terminal, 65_536)
        except OSError:
            return
