"""Pauses of streams: rows that all workers read, so that mail of a paused stream costs no slot and no call of SES."""

from __future__ import annotations

from dataclasses import dataclass

# What `by` is of a pause that the guard has made.
GUARD = "guard"
# How long workers go by SES's answer about a pause.
ASK_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPause:
    """A stream whose mail waits.

    `by` is the operator who ran `ses-stack pause`, or `GUARD`; such a pause holds until `ses-stack resume`. None: a
    worker learned from SES that the stream's configuration set is paused; such a pause holds until SES says otherwise.
    `reason` is the operator's or the guard's. `asked_at` is the moment at which a worker last asked SES.
    """

    stream: str
    since: float
    by: str | None = None
    reason: str = ""
    asked_at: float = 0.0

    @property
    def cause(self) -> str:
        """Why the stream's mail waits, for the ledger and the log. The same in every round: it names no one."""
        if self.by == GUARD:
            return "the guard has paused the stream"
        return "an operator has paused the stream" if self.by else "SES says that the stream is paused"

    def must_be_confirmed(self, now: float) -> bool:
        """Whether a worker must ask SES again, so that no mail waits for a pause that is over."""
        return self.by is None and now >= max(self.since, self.asked_at) + ASK_AGAIN_SECONDS
