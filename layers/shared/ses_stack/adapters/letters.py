"""Why a letter is dead, found by reading it again as the functions do."""

from __future__ import annotations

from typing import Any

from ..domain.dead_letters import Diagnosis, Letter
from ..domain.events import EventType
from ..errors import RecordError
from . import ses_events, ses_feedback

PARSES_NOW = "parses now: the store or the function failed"


def diagnosis(letter: Letter, *, stack: str, undelivered: bool, suppression: bool = False) -> Diagnosis:
    """The cause of a letter's death, and what it is about.

    For what EventBridge could not deliver (`undelivered`), the cause is EventBridge's own reason: nothing has read the
    letter yet. `suppression`: it was for the suppression writer, which reads less, and more strictly.
    """
    if undelivered:
        return Diagnosis(cause=letter.attribute("ERROR_CODE") or "EventBridge gave no reason", **_subject(letter.body))
    try:
        if suppression:
            ses_feedback.parse(letter.body)
        else:
            ses_events.parse(letter.body, stack=stack)
    except RecordError as error:
        return Diagnosis(cause=error.cause, malformed=True, **_subject(letter.body))
    return Diagnosis(cause=PARSES_NOW, **_subject(letter.body))


def _subject(body: str) -> dict[str, Any]:
    """The event type and SES's message id, as far as they can be made out."""
    try:
        record = ses_events.unwrap(body) or {}
    except RecordError:
        return {}
    kind = record.get("eventType") or record.get("notificationType")
    mail = record.get("mail")
    message_id = mail.get("messageId") if isinstance(mail, dict) else None
    return {
        "type": EventType.spelled(kind) if isinstance(kind, str) else None,
        "message_id": message_id if isinstance(message_id, str) else None,
    }
