"""The facts in the rows of a file."""

from __future__ import annotations

import io

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source
from ses_stack.suppression.file_facts import ImportDefaults, ImportEntry, entries
from ses_stack.suppression.file_rows import BadLine
from tests.support.suppression_facts import NOW, at

DEFAULTS = ImportDefaults(scope="marketing", reason=Reason.MANUAL, time=at(), by="op", now=NOW)


def read(text: str) -> list[ImportEntry | BadLine]:
    return list(entries(io.BytesIO(text.encode()), DEFAULTS))


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
        ("email,note", f"a@x.org,{'x' * 501}", "note is longer than 500 characters"),
    ],
)
def test_a_bad_row_is_reported_with_its_problem(header: str, row: str, problem: str) -> None:
    assert problem_in(header, row) == problem


def test_bad_lines_pass_through_and_a_file_that_is_no_list_raises() -> None:
    good, bad = read('a@x.org\n"b@x.org\n')
    assert isinstance(good, ImportEntry)
    assert bad == BadLine(2, "not CSV: a quote is out of place")
    with pytest.raises(ListFileError):
        read("name,city\n")
