"""The facts in the rows of a file."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.files.columns import EXPORT_COLUMNS
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.row_facts import ImportDefaults, ImportEntry, entries
from ses_stack.suppression.files.rows import ListFile
from tests.support.suppression_facts import NOW, at

DEFAULTS = ImportDefaults(scope="marketing", reason=Reason.MANUAL, time=at(), by="op", now=NOW)


def read(text: str) -> list[ImportEntry | BadLine | BlankLine]:
    return list(entries(ListFile(io.BytesIO(text.encode())), DEFAULTS))


def fact_in(header: str, row: str) -> Fact:
    (entry,) = read(f"{header}\n{row}\n")
    assert isinstance(entry, ImportEntry), entry
    return entry.fact


def problem_in(header: str, row: str) -> str:
    (bad,) = read(f"{header}\n{row}\n")
    assert isinstance(bad, BadLine), bad
    assert bad.line == 2
    return bad.problem


def test_a_row_that_only_names_an_address() -> None:
    assert fact_in("email", "Ann Lee <Ann@X.org>") == Fact(
        recipient="ann@x.org",
        kind=FactKind.SUPPRESS,
        time=at(),
        scope="marketing",
        reason=Reason.MANUAL,
        source=Source.IMPORT,
        as_spelled="Ann@X.org",
        by="op",
    )


def test_a_row_with_every_field() -> None:
    fact = fact_in(
        "email,scope,reason,subtype,event_time,message_id,note",
        "a@x.org,topic:news,UNSUBSCRIBE,Link,2026-01-02T03:04:05+01:00,m1,by phone",
    )
    assert (fact.scope, fact.reason, fact.subtype) == ("topic:news", Reason.UNSUBSCRIBE, "Link")
    assert (fact.time, fact.message_id, fact.note) == ("2026-01-02T02:04:05.000Z", "m1", "by phone")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("1767322800", "2026-01-02T03:00:00.000Z"),
        ("1767322800.25", "2026-01-02T03:00:00.250Z"),
        ("45985", "2025-11-24T00:00:00.000Z"),
    ],
)
def test_times(text: str, time: str) -> None:
    assert fact_in("email,event_time", f"a@x.org,{text}").time == time


def test_a_soft_bounce_has_an_end() -> None:
    fact = fact_in("email,reason,expires_at", "a@x.org,soft-bounce,2026-12-24")
    assert (fact.reason, fact.until) == (Reason.SOFT_BOUNCE, "2026-12-24T00:00:00.000Z")


def test_a_clock_may_be_a_day_ahead() -> None:
    assert fact_in("email,event_time", f"a@x.org,{at(days=1)}").time == at(days=1)
    assert problem_in("email,event_time", f"a@x.org,{at(days=1, seconds=1)}") == "event_time lies in the future"


@pytest.mark.parametrize(
    ("header", "row", "problem"),
    [
        ("email,scope", "nobody,*", "not an e-mail address: it has no @"),
        ("email,scope", ",*", "no address"),
        (
            "email,scope",
            "a@x.org,newsletter",
            "there is no scope 'newsletter': it is *, transactional, marketing, default, or topic:NAME",
        ),
        ("email,reason", "a@x.org,because", "reason is none of bounce, soft_bounce, complaint, unsubscribe, manual"),
        ("email,event_time", "a@x.org,tomorrow", "event_time is neither an ISO-8601 time nor epoch seconds"),
        ("email,event_time", "a@x.org,99999999999999999", "event_time is neither an ISO-8601 time nor epoch seconds"),
        ("email,reason", "a@x.org,soft_bounce", "a soft_bounce needs expires_at, and nothing else has one"),
        ("email,expires_at", "a@x.org,2026-12-24", "a soft_bounce needs expires_at, and nothing else has one"),
        ("email,subtype", f"a@x.org,{'x' * 501}", "subtype is longer than 500 characters"),
        ("email,event_time", "a@x.org,0", "event_time is neither an ISO-8601 time nor epoch seconds"),
        ("email,event_time", "a@x.org,1970-01-01", "event_time lies outside the years 2000 to 2099"),
        (
            "email,status",
            "a@x.org,subscribed",
            "status says that the address gets mail; --ignore-column status loads it all the same",
        ),
    ],
)
def test_a_bad_row_is_reported_with_its_problem(header: str, row: str, problem: str) -> None:
    assert problem_in(header, row) == problem


def test_bad_lines_pass_through_and_a_file_that_is_no_list_raises() -> None:
    good, bad = read('a@x.org\n"b@x.org\n')
    assert isinstance(good, ImportEntry)
    assert bad == BadLine(2, "not CSV: a quote is not closed")
    with pytest.raises(ListFileError):
        read("name,city\n")


def test_a_servers_answer_is_a_note() -> None:
    fact = fact_in("email,reason", 'a@x.org,"550 5.1.1 no such\n  user ""a"""')
    assert (fact.reason, fact.note) == (Reason.MANUAL, '550 5.1.1 no such user "a"')
    both = fact_in("email,reason,note", "a@x.org,550 no,by phone")
    assert both.note == "by phone; 550 no"


def test_a_long_note_does_not_cost_its_row() -> None:
    note = fact_in("email,note", f"a@x.org,{'x' * 5000}").note
    assert note == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("email,reason", "a@x.org,SpamComplaint", Reason.COMPLAINT),
        ("email,status", "a@x.org,unsubscribed", Reason.UNSUBSCRIBE),
        ("email,reason,status", "a@x.org,spam,bounced", Reason.COMPLAINT),
        ("ip,email,created", "192.0.2.1,a@x.org,1764000000", Reason.COMPLAINT),
        ("email,reason", "a@x.org,", Reason.MANUAL),
    ],
)
def test_where_the_reason_comes_from(header: str, row: str, reason: Reason) -> None:
    defaults = replace(DEFAULTS, reason=None)
    (entry,) = entries(ListFile(io.BytesIO(f"{header}\n{row}\n".encode())), defaults)
    assert isinstance(entry, ImportEntry)
    assert entry.fact.reason is reason


def test_an_exported_list_may_have_an_address_that_ses_refuses() -> None:
    header, row = ",".join(EXPORT_COLUMNS), '"""Ann Lee""@X.org",*,bounce,,2026-01-02,event,,'
    assert fact_in(header, row).as_spelled == '"Ann Lee"@X.org'
    (bad,) = read('email\n"""Ann Lee""@X.org"\n')
    assert isinstance(bad, BadLine)
