"""The words of files for a reason."""

from __future__ import annotations

import pytest

from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.reasons import check_status, is_server_text, known_reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("BOUNCE", Reason.BOUNCE),
        ("HardBounce", Reason.BOUNCE),
        ("hard-bounce", Reason.BOUNCE),
        ("hard bounce", Reason.BOUNCE),
        ("SpamComplaint", Reason.COMPLAINT),
        ("contactFlaggedAsSpam", Reason.COMPLAINT),
        ("unsubscribedViaMA", Reason.UNSUBSCRIBE),
        ("ManualSuppression", Reason.MANUAL),
        ("soft_bounce", Reason.SOFT_BOUNCE),
        ("because", None),
        ("550 5.1.1 hard bounce", None),
    ],
)
def test_words(text: str, reason: Reason | None) -> None:
    assert known_reason(text) is reason


def test_every_reason_is_its_own_word() -> None:
    assert [known_reason(reason) for reason in Reason] == list(Reason)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("550 5.1.1 no such user", True),
        ("smtp; 550 user unknown", True),
        ("5.1.1", True),
        ("Bounced Address", True),
        ("because", False),
        ("5501", False),
    ],
)
def test_a_servers_answer_is_no_reason(text: str, server: bool) -> None:
    assert is_server_text(text) is server


@pytest.mark.parametrize(
    ("status", "problem"), [("Subscribed", "the address gets mail"), ("active", "gets mail"), ("4.2.2", "that passes")]
)
def test_a_status_of_an_address_that_gets_mail(status: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_status(status)


@pytest.mark.parametrize("status", ["", "5.1.1", "unsubscribed", "anything"])
def test_other_statuses_pass(status: str) -> None:
    check_status(status)
