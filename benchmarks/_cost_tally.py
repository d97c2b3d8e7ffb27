"""What a run of the cost benchmark counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks._counting_store import CountingStore


@dataclass(slots=True)
class Tally:
    """The store with its units, bytes x days by table, and what each queue and function did."""

    messages: int
    store: CountingStore
    table_byte_days: Counter[str] = field(default_factory=Counter)
    index_byte_days: Counter[str] = field(default_factory=Counter)
    sqs_requests: Counter[str] = field(default_factory=Counter)
    invocations: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    records: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sender_seconds: float = 0.0
    log_bytes: int = 0

    def batch(self, function: str, records: int, *, is_queue: bool = True) -> None:
        """An invocation. A queue's messages were received and are deleted ten at a time."""
        self.invocations[function] += 1
        self.records[function] += records
        if is_queue:
            self.sqs_requests[function] += 2 * -(-records // 10)
