"""The guard's row of SendTable: `GUARD`, with its memory as one JSON document, which only the guard reads.

`counted_until` stands beside it, for the condition of the next write.
"""

from __future__ import annotations

import json
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.silence import SentSign, SesCount, Silence
from ses_stack.sending.adapters.rows import number_in

GUARD_KEY = "GUARD"


def memory_text(memory: GuardMemory) -> str:
    """A memory without `counted_until`, as JSON."""
    unanswered = memory.silence.unanswered
    document: dict[str, Any] = {
        "unanswered": [unanswered.at, unanswered.message_id] if unanswered else None,
        "sent_at": memory.silence.sent_at,
        "ses": [memory.ses.sent, memory.ses.read_at] if memory.ses else None,
        "warned": dict(memory.warned),
        "notified": dict(memory.notified),
    }
    return json.dumps({name: value for name, value in document.items() if value}, separators=(",", ":"))


def memory_in(row: Item) -> GuardMemory:
    """The memory in a row; that of a first run for no row."""
    document = json.loads(row["memory"]["S"]) if "memory" in row else {}
    ses, unanswered = document.get("ses"), document.get("unanswered")
    return GuardMemory(
        counted_until=int(number_in(row, "counted_until")),
        silence=Silence(unanswered=SentSign(*unanswered) if unanswered else None, sent_at=document.get("sent_at")),
        ses=SesCount(sent=ses[0], read_at=ses[1]) if ses else None,
        warned=document.get("warned", {}),
        notified=document.get("notified", {}),
    )
