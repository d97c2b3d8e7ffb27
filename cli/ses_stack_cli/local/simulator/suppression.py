"""SES's account-level suppression list.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ses_stack.mail.addresses import normalized

REASONS = ("BOUNCE", "COMPLAINT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One address, in the case in which it was added. `at` is seconds since 1970."""

    address: str
    reason: str
    at: float
    message_id: str | None = None
    feedback_id: str | None = None


class SuppressionList:
    """Kept by exact spelling, which is how the API finds an address; sending ignores case."""

    def __init__(self) -> None:
        self.reasons: frozenset[str] = frozenset(REASONS)
        self._entries: dict[str, Entry] = {}
        self._spellings: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Adds an address, or replaces what is known of that very spelling."""
        self._entries[entry.address] = entry
        self._spellings.setdefault(normalized(entry.address), set()).add(entry.address)

    def get(self, address: str) -> Entry | None:
        """The entry with exactly this spelling."""
        return self._entries.get(address)

    def delete(self, address: str) -> bool:
        """Removes exactly this spelling; whether it was there."""
        if self._entries.pop(address, None) is None:
            return False
        self._spellings[normalized(address)].discard(address)
        return True

    def list(self, *, reasons: Iterable[str] = (), start: float | None = None, end: float | None = None) -> list[Entry]:
        """Entries by address."""
        wanted = frozenset(reasons) or frozenset(REASONS)
        return [
            entry
            for _, entry in sorted(self._entries.items())
            if entry.reason in wanted and (start is None or entry.at >= start) and (end is None or entry.at <= end)
        ]

    def matching(self, addresses: Iterable[str], reasons: frozenset[str] | None) -> dict[str, str]:
        """Those of the addresses that are suppressed for one of the reasons (None: the account's), and why."""
        active = self.reasons if reasons is None else reasons
        found = {}
        for address in map(normalized, addresses):
            for spelling in sorted(self._spellings.get(address, ())):
                if self._entries[spelling].reason in active:
                    found[address] = self._entries[spelling].reason
        return found
