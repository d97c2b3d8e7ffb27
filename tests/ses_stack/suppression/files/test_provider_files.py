"""Files as AWS, SendGrid, Mailchimp, Mailgun, Postmark, Brevo and Excel write them: the samples beside this test."""

from __future__ import annotations

from pathlib import Path

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.columns import ColumnChoice
from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.row_facts import ImportDefaults, ImportEntry, entries
from ses_stack.suppression.files.rows import ListFile
from tests.support.suppression_facts import NOW, at

SAMPLES = Path(__file__).parent / "samples"
JANUARY = "2026-01-05T09:10:11.000Z"


def load(
    name: str, reason: Reason | None = None, choice: ColumnChoice | None = None
) -> tuple[list[tuple[str, ...]], list[int], list[str]]:
    """The facts (address, reason, time, note), the lines that are not loaded, and the columns that are not."""
    defaults = ImportDefaults(scope="*", reason=reason, time=at(), by="op", now=NOW)
    with (SAMPLES / name).open("rb") as file:
        listed = ListFile(file, choice)
        found = list(entries(listed, defaults))
    facts = [each.fact for each in found if isinstance(each, ImportEntry)]
    return (
        [(fact.as_spelled, str(fact.reason), fact.time, fact.note or "") for fact in facts],
        [each.line for each in found if isinstance(each, BadLine | BlankLine)],
        list(listed.unused),
    )


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "ses_bulk_import.csv",
            [("ann@example.com", "bounce", at(), ""), ("Bob@example.com", "complaint", at(), "")],
        ),
        (
            "ses_list_suppressed_destinations.json",
            [
                ("ann@example.com", "bounce", "2026-04-10T21:03:05.276Z", ""),
                ("Bob@example.com", "complaint", "2026-04-10T21:16:25.500Z", ""),
            ],
        ),
        ("sendgrid_spam_reports.csv", [("ann@example.com", "complaint", "2025-11-24T16:00:00.000Z", "")]),
        ("mailchimp_cleaned.csv", [("ann@example.com", "bounce", JANUARY, "")]),
        (
            "mailchimp_unsubscribed.csv",
            [
                ("ann@example.com", "unsubscribe", JANUARY, "No longer interested"),
                ("bob@example.com", "unsubscribe", "2026-01-06T09:10:11.000Z", ""),
            ],
        ),
        (
            "mailgun_bounces.csv",
            [
                ("ann@example.com", "bounce", JANUARY, "5.1.1 The e-mail account does not exist, try again"),
                ("bob@example.com", "bounce", JANUARY, ""),
            ],
        ),
        ("mailgun_unsubscribes.csv", [("ann@example.com", "unsubscribe", JANUARY, "")]),
        (
            "postmark_suppressions.json",
            [
                ("ann@example.com", "bounce", "2026-01-05T14:10:11.000Z", ""),
                ("bob@example.com", "complaint", "2026-01-05T14:10:11.000Z", ""),
                ("eve@example.com", "manual", "2026-01-05T14:10:11.000Z", ""),
            ],
        ),
        (
            "brevo_blocked_contacts.json",
            [
                ("ann@example.com", "bounce", JANUARY, "550 5.1.1 unknown user"),
                ("bob@example.com", "complaint", JANUARY, ""),
                ("eve@example.com", "unsubscribe", JANUARY, ""),
            ],
        ),
    ],
)
def test_a_file_is_loaded_as_it_is(name: str, facts: list[tuple[str, ...]]) -> None:
    loaded, not_loaded, _ = load(name)
    assert (loaded, not_loaded) == (facts, [])


def test_sendgrid_bounces_have_answers_over_several_lines_and_failures_that_pass() -> None:
    loaded, not_loaded, _ = load("sendgrid_bounces.csv")
    ann, bob = loaded
    assert ann == (
        "ann@example.com",
        "bounce",
        "2025-11-24T16:00:00.000Z",
        "550 5.1.1 The mailbox does not exist. Check the address for typing errors, "
        '"carol@example.org" for example, or see https://example.com/help gsmtp',
    )
    assert bob[1::2] == ("bounce", "unable to get mx info: no such host")
    assert not_loaded == [6], "status 4.2.2"
    assert len(load("sendgrid_bounces.csv", choice=ColumnChoice(ignored=frozenset({"status"})))[0]) == 3


@pytest.mark.parametrize("name", ["sendgrid_global_unsubscribes.csv", "mailgun_complaints.json"])
def test_a_file_whose_columns_mean_nothing_has_the_operators_reason(name: str) -> None:
    assert load(name, Reason.UNSUBSCRIBE)[0][0][1] == "unsubscribe"
    assert load(name)[0][0][1] == "manual"


def test_the_operators_reason_is_before_that_of_the_columns() -> None:
    assert load("sendgrid_spam_reports.csv", Reason.MANUAL)[0][0][1] == "manual"
    assert load("postmark_suppressions.json", Reason.MANUAL)[0][0][1] == "bounce", "the row's own reason"


def test_members_who_get_mail_are_not_suppressed_by_mistake() -> None:
    with pytest.raises(ListFileError, match="members who get mail: import the files unsubscribed_"):
        load("mailchimp_subscribed.csv")
    chosen = ColumnChoice({"address": "Email Address"})
    assert load("mailchimp_subscribed.csv", choice=chosen)[0] == [("ann@example.com", "manual", at(), "")]


def test_a_file_from_excel() -> None:
    loaded, not_loaded, unused = load("excel_semicolons.csv")
    assert loaded == [
        ("ann@example.com", "manual", "2025-11-24T00:00:00.000Z", "asked by phone"),
        ("bob@example.com", "manual", "2025-11-24T06:00:00.000Z", ""),
    ]
    assert (not_loaded, unused) == ([4, 6], []), "rows of bare semicolons"


def test_columns_that_are_not_loaded_are_named() -> None:
    assert load("mailgun_unsubscribes.csv")[2] == ["tags"]
    assert "Address" in load("mailchimp_unsubscribed.csv")[2]
    assert load("mailgun_complaints.json")[2] == ["count"]
