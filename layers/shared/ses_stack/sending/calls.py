"""Which jobs are claimed together, and which of them share a SendBulkEmail call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from ses_stack.sending.jobs import Job

ENTRIES_PER_CALL = 50
# SES counts all messages of a call at one moment, and no second may see more than the rate. So only messages that are
# due at nearly the same time share a call: at 14 a second none, at 1,000 a second ten.
_LONGEST_SPAN_SECONDS = 0.01
# A worker that stops leaves the outcome of its claims unknown. So it claims few jobs at a time.
_CLAIM_SPAN_SECONDS = 0.15


def in_calls(jobs: Sequence[Job], shared_fields: Callable[[Job], Hashable | None]) -> list[list[Job]]:
    """The jobs as calls: those with the same shared fields that are due together share one. None: a call of its own."""
    calls: list[list[Job]] = []
    open_calls: dict[Hashable, list[Job]] = {}
    for job in sorted(jobs, key=lambda job: job.due_at):
        fields = shared_fields(job)
        call = open_calls.get(fields) if fields else None
        if call and len(call) < ENTRIES_PER_CALL and job.due_at - call[0].due_at <= _LONGEST_SPAN_SECONDS:
            call.append(job)
            continue
        calls.append([job])
        if fields:
            open_calls[fields] = calls[-1]
    return calls


def due_together(jobs: Sequence[Job]) -> list[list[Job]]:
    """The jobs, which are in the order of their slots, in parts that are claimed at one time."""
    parts: list[list[Job]] = []
    for job in jobs:
        if not parts or job.due_at > parts[-1][0].due_at + _CLAIM_SPAN_SECONDS:
            parts.append([])
        parts[-1].append(job)
    return parts
