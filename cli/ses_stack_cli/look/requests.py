"""A send request's row in the ledger, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.adapters.reader import SendTableReader
from ses_stack.sending.outcomes.ledger import LedgerEntry, RequestStatus
from ses_stack_cli.output import print_table, print_text, printable
from ses_stack_cli.target import Target

_STYLES = {
    RequestStatus.SENT: "green",
    RequestStatus.SENDING: "cyan",
    RequestStatus.DEFERRED: "yellow",
    RequestStatus.SUPPRESSED: "yellow",
    RequestStatus.EXPIRED: "yellow",
    RequestStatus.FAILED: "red",
    RequestStatus.UNKNOWN: "bold red",
}
# Statuses that other steps show already.
_PASSING_STATUSES = {RequestStatus.SENT, RequestStatus.SENDING, RequestStatus.DEFERRED}


def ledger_reader(target: Target) -> SendTableReader | None:
    """The reader of a stack's ledger; None for a stack without a sender."""
    name = target.outputs.get("SendTableName")
    return SendTableReader(target.client("dynamodb"), name=name) if name else None


def request_document(entry: LedgerEntry) -> dict[str, Any]:
    """A ledger row as JSON: a contract, to which keys may be added."""
    return {
        "request_id": entry.request_id,
        "status": entry.status,
        "stream": entry.stream,
        "lane": entry.lane,
        "recipients": entry.recipients,
        "queued_at": _time(entry.queued_at),
        "changed_at": _time(entry.changed_at),
        "claims": entry.claim,
        "claimed_at": _time(entry.claimed_at),
        "deferrals": entry.deferrals,
        "deferral": entry.deferral,
        "deferred_until": _time(entry.until),
        "sent_at": _time(entry.sent_at),
        "message_id": entry.message_id,
        "reason": entry.reason,
        "suppressed": dict(entry.suppressed),
        "evidence_at": _time(entry.evidence_at),
    }


def coloured_status(status: RequestStatus) -> Text:
    """A request's status, in its colour."""
    return Text(status.value, _STYLES[status])


def print_request(entry: LedgerEntry) -> None:
    """The row, and the request's steps on its way to SES, in time order."""
    print_text(Text.assemble("Request  ", printable(entry.request_id)))
    print_text(Text.assemble("Ledger   ", coloured_status(entry.status)))
    print_text(Text.assemble("Lane     ", printable(f"{entry.lane}, recipients: {entry.recipients}")))
    print_text()
    print_table(("TIME", "STEP", "DETAIL"), sorted(_steps(entry)))


def _steps(entry: LedgerEntry) -> Iterator[tuple[str, str, str]]:
    """The steps that the row knows, in any order: time, step and detail of each."""
    yield _time(entry.queued_at) or "", "queued", f"on the {entry.lane} lane"
    if entry.deferrals:
        yield _deferral(entry)
    if entry.claimed_at:
        call = "the call" if entry.claim == 1 else f"call {entry.claim}"
        yield _time(entry.claimed_at) or "", "claimed", f"for {call} to SES"
    for address, reason in entry.suppressed.items():
        yield _time(entry.claimed_at or entry.changed_at) or "", "left out", f"{address}: {reason}"
    if entry.sent_at:
        yield _time(entry.sent_at) or "", "sent", entry.message_id or ""
    if entry.evidence_at:
        yield _time(entry.evidence_at) or "", "proved", "by SES's own event"
    if entry.status not in _PASSING_STATUSES or entry.reason:
        yield _time(entry.changed_at) or "", entry.status.value, entry.reason or ""


def _deferral(entry: LedgerEntry) -> tuple[str, str, str]:
    """The last deferral: the row keeps no other. While the request is deferred, it is also the row's last change."""
    deferred = entry.status is RequestStatus.DEFERRED
    deferred_at = entry.changed_at if deferred else entry.claimed_at or entry.changed_at
    times = "once" if entry.deferrals == 1 else f"{entry.deferrals} times, the last"
    until = f" until {_time(entry.until)}" if entry.until else ""
    return _time(deferred_at) or "", "deferred", f"{times}{until}: {entry.deferral or 'no reason is known'}"


def _time(moment: float | None) -> str | None:
    return None if moment is None else epoch_utc_milliseconds(moment)
