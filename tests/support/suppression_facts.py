"""Facts for the tests of suppression."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ses_stack.mail.times import utc_milliseconds
from ses_stack.suppression.facts import Fact, FactKind, Reason, Source

START = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
NOW = START.timestamp()
ANN = "ann.lee@example.org"


def at(**since: float) -> str:
    """A time after the start: `at(days=2)`."""
    return utc_milliseconds(START + timedelta(**since))


def fact(kind: FactKind, time: str, recipient: str = ANN, **fields: Any) -> Fact:
    return Fact(**{"recipient": recipient, "kind": kind, "time": time, "as_spelled": recipient, **fields})


def soft(time: str, message: str = "", recipient: str = ANN, subtype: str = "MailboxFull") -> Fact:
    fields = {"reason": Reason.SOFT_BOUNCE, "message_id": message or time, "subtype": subtype}
    return fact(FactKind.SOFT_BOUNCE, time, recipient, **fields)


def delivery(time: str, message: str = "", recipient: str = ANN) -> Fact:
    return fact(FactKind.DELIVERY, time, recipient, message_id=message or f"d{time}")


def removal(time: str, scope: str = "*", recipient: str = ANN) -> Fact:
    return fact(FactKind.REMOVAL, time, recipient, scope=scope, source=Source.MANUAL, by="op")


def hard(time: str, reason: Reason = Reason.BOUNCE, scope: str = "*", recipient: str = ANN, **fields: Any) -> Fact:
    message = {"message_id": f"m{time}"}
    return fact(FactKind.SUPPRESS, time, recipient, reason=reason, scope=scope, **{**message, **fields})


def opt_in(time: str, scope: str = "marketing", recipient: str = ANN) -> Fact:
    return fact(FactKind.OPT_IN, time, recipient, scope=scope, reason=Reason.UNSUBSCRIBE)


def not_spam(time: str, recipient: str = ANN) -> Fact:
    return fact(FactKind.NOT_SPAM, time, recipient, reason=Reason.COMPLAINT)
