"""SendTable's rows, and what they hold."""

from __future__ import annotations

from ses_stack.sending.adapters.rows import (
    accepted_of,
    known_of,
    ledger_entry_of,
    ledger_row_of,
    number_in,
    rate_key,
    request_key,
    window_of,
)
from ses_stack.sending.limits.account_limits import AccountLimits, KnownLimits
from ses_stack.sending.limits.rate import Accepted, Backoff, Window
from ses_stack.sending.limits.stream_pauses import StreamPause
from ses_stack.sending.limits.tenant_pauses import TenantPause
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus

NOW = 1_790_000_000.0
QUEUED = LedgerEntry(
    request_id="r1",
    status=RequestStatus.DEFERRED,
    stream="marketing",
    lane="bulk",
    recipients=2,
    queued_at=NOW - 5,
    changed_at=NOW,
)
FULL = LedgerEntry(
    request_id="r1",
    status=RequestStatus.SENT,
    stream="marketing",
    lane="bulk",
    recipients=2,
    queued_at=NOW - 5,
    changed_at=NOW,
    claim=2,
    in_doubt=1,
    claimed_at=NOW + 1.25,
    sent_at=NOW + 2.5,
    message_id="ses-1",
    reason="why",
    until=NOW + 60,
    deferral="paused",
    deferrals=3,
    suppressed={"ann@example.com": "bounce (*)"},
    evidence_at=NOW + 3,
)


def test_keys() -> None:
    assert (request_key("r1"), rate_key(12)) == ("REQ#r1", "RATE#12")
    assert [rate_key(12, shard) for shard in (0, 3)] == ["RATE#12", "RATE#12#3"]


def test_a_new_request_has_a_short_row() -> None:
    assert ledger_row_of(QUEUED, retention_days=90) == {
        "pk": {"S": "REQ#r1"},
        "status": {"S": "deferred"},
        "stream": {"S": "marketing"},
        "lane": {"S": "bulk"},
        "queued_at": {"S": "2026-09-21T14:13:15.000Z"},
        "changed_at": {"S": "2026-09-21T14:13:20.000Z"},
        "recipients": {"N": "2"},
        "claim": {"N": "0"},
        "deferrals": {"N": "0"},
        "expires_at": {"N": str(1_790_000_000 + 90 * 86_400)},
    }


def test_a_row_says_everything_and_is_read_back() -> None:
    row = ledger_row_of(FULL, retention_days=90)

    assert ledger_entry_of(row) == FULL
    assert row["suppressed"] == {"M": {"ann@example.com": {"S": "bounce (*)"}}}
    assert ledger_row_of(ledger_entry_of(row), retention_days=90) == row


def test_times_survive_being_read_and_written_again() -> None:
    for milliseconds in range(1000):
        entry = LedgerEntry(
            request_id="r",
            status=RequestStatus.SENDING,
            stream="s",
            lane="bulk",
            recipients=1,
            queued_at=NOW + milliseconds / 1000,
            changed_at=NOW + milliseconds / 1000 + 0.0004,
        )
        row = ledger_row_of(entry, retention_days=1)
        assert row["queued_at"]["S"].endswith(f".{milliseconds:03}Z")
        assert ledger_row_of(ledger_entry_of(row), retention_days=1) == row


def test_a_row_that_only_evidence_wrote_has_defaults() -> None:
    entry = ledger_entry_of({"pk": {"S": "REQ#r1"}, "status": {"S": "sent"}})

    assert (entry.request_id, entry.stream, entry.recipients, entry.queued_at, entry.suppressed) == ("r1", "", 0, 0, {})


def test_a_window() -> None:
    assert window_of({}) == Window()
    assert window_of({"taken": {"N": "9"}, "bulk": {"N": "4"}}) == Window(taken=9, bulk=4)


def test_what_ses_accepted_in_a_second() -> None:
    assert accepted_of({"taken": {"N": "9"}, "bulk": {"N": "9"}, "accepted_bulk": {"N": "4"}}) == Accepted(bulk=4)


def test_pauses() -> None:
    """An attribute that is no stream's, such as the moment at which a worker asked SES, is no pause."""
    row = {
        "pk": {"S": "PAUSES"},
        "marketing": {"M": {"since": {"N": "5.5"}, "by": {"S": "ann"}, "reason": {"S": "link"}}},
        "marketing_asked_at": {"N": "7"},
        "default": {"M": {"since": {"N": "6"}}},
        "transactional_asked_at": {"N": "8"},
        "tenant:marketing": {"M": {"since": {"N": "1.5"}, "asked_at": {"N": "9"}}},
    }
    tenants = known_of({"PAUSES": row}).tenants
    assert tenants == {"marketing": TenantPause(tenant="marketing", since=1.5, asked_at=9)}
    assert known_of({"PAUSES": row}).pauses == {
        "marketing": StreamPause(stream="marketing", since=5.5, by="ann", reason="link", asked_at=7),
        "default": StreamPause(stream="default", since=6),
    }


def test_an_account_that_no_worker_has_asked_for() -> None:
    assert known_of({}) == KnownLimits()
    assert known_of({"QUOTA": {"pk": {"S": "QUOTA"}, "asked_at": {"N": "5"}}}) == KnownLimits()


def test_an_account() -> None:
    quota = {
        "rate": {"N": "14.0"},
        "most": {"N": "50000.0"},
        "sent": {"N": "10.0"},
        "read_at": {"N": "5.5"},
        "since": {"N": "7"},
        "refused": {"N": "1"},
        "stopped": {"S": "paused"},
    }
    backoff = {"factor": {"N": "0.7"}, "at": {"N": "2.5"}}
    limits = AccountLimits(rate=14, most=50_000, sent=10, read_at=5.5, since=7, refused=True, stopped="paused")

    known = known_of({"QUOTA": quota, "BACKOFF": backoff})
    assert known == KnownLimits(account=limits, backoff=Backoff(0.7, 2.5))  # as an older version wrote it
    newer = backoff | {"ceiling": {"N": "0.9"}, "strikes": {"N": "2"}}
    assert known_of({"BACKOFF": newer}).backoff == Backoff(0.7, 2.5, 0.9, 2)
    running = known_of({"QUOTA": {**quota, "refused": {"N": "0"}, "stopped": {"S": ""}}}).account
    assert running == AccountLimits(rate=14, most=50_000, sent=10, read_at=5.5, since=7)


def test_a_number_that_is_missing_is_zero() -> None:
    assert number_in({"a": {"N": "1.5"}}, "a") == 1.5
    assert number_in({}, "a") == 0
