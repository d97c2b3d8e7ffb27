"""Suppressions as JSON and in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ses_stack.suppression.facts import Reason
from ses_stack.suppression.policy import Suppression
from ses_stack.suppression.scopes import EVERYTHING

_CAUSES = {
    Reason.BOUNCE: "a bounce",
    Reason.SOFT_BOUNCE: "soft bounces, the last",
    Reason.COMPLAINT: "a complaint",
    Reason.UNSUBSCRIBE: "an unsubscription",
    Reason.MANUAL: "a manual entry",
}


def line_document(line: Suppression) -> dict[str, Any]:
    """One line of the list as JSON, and as a line of an exported file."""
    end = line.expires_at
    return {
        "address": line.as_spelled,
        "recipient": line.recipient,
        "scope": line.scope,
        "reason": line.reason,
        "subtype": line.subtype,
        "event_time": line.event_time,
        "source": line.source,
        "message_id": line.message_id,
        "expires_at": None if end is None else f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def sentence(line: Suppression) -> str:
    """A line of the list in words."""
    subtype = f" ({line.subtype})" if line.subtype else ""
    message = f", message {line.message_id}" if line.message_id else ""
    end = line_document(line)["expires_at"]
    until = f" until {end}" if end else " until it is lifted"
    cause = f"{_CAUSES[line.reason]}{subtype} of {line.event_time}"
    return f"suppressed from {mail_of(line.scope)}: {cause}{message};{until}"


def mail_of(scope: str) -> str:
    """The mail that a scope means, in words."""
    return "all mail" if scope == EVERYTHING else scope
