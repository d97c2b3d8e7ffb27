"""The account's quota, and which lanes may use it."""

from __future__ import annotations

from ses_stack.mail.lanes import Lane
from ses_stack.sending.limits.account_limits import AccountLimits, stop_reason


def test_what_is_left_of_the_quota() -> None:
    account = AccountLimits(rate=1, most=100, sent=80, read_at=0, since=15)
    assert account.left == 5
    assert AccountLimits(rate=1, most=100, sent=10, read_at=0, refused=True).left == 0
    assert AccountLimits(rate=1, most=-1, sent=10, read_at=0).left == float("inf")


def test_the_end_of_the_quota_belongs_to_the_priority_lane() -> None:
    def lanes(sent: int, most: int = 100) -> set[Lane]:
        account = AccountLimits(rate=1, most=most, sent=sent, read_at=0)
        return {lane for lane in Lane if account.allows(lane, 0.9)}

    assert lanes(89) == {Lane.PRIORITY, Lane.BULK}
    assert lanes(91) == {Lane.PRIORITY}
    assert lanes(100) == set()
    assert lanes(100, most=-1) == {Lane.PRIORITY, Lane.BULK}


def test_why_an_account_sends_nothing() -> None:
    assert stop_reason(sending_enabled=True, enforcement="PROBATION") is None
    assert stop_reason(sending_enabled=False, enforcement="HEALTHY") == "sending is paused for the account"
    assert stop_reason(sending_enabled=True, enforcement="SHUTDOWN") == "SES has suspended the account"
    assert stop_reason(sending_enabled=False, enforcement="SHUTDOWN") == "SES has suspended the account"
