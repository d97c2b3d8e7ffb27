"""SES's account-level suppression list.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ses_stack.mail.addresses import address_key

REASONS = ("BOUNCE", "COMPLAINT")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedAddress:
    """One entry: the address as spelled when it was added. `at`: when, in seconds since 1970."""

    address: str
    reason: str
    at: float
    message_id: str | None = None
    feedback_id: str | None = None


class SuppressionList:
    """The list, keyed by exact spelling: the API finds an address by that. Sending ignores case."""

    def __init__(self) -> None:
        self.reasons: frozenset[str] = frozenset(REASONS)
        self._entries: dict[str, SuppressedAddress] = {}
        self._spellings: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: SuppressedAddress) -> None:
        """Adds an address, or replaces the entry with exactly this spelling."""
        self._entries[entry.address] = entry
        self._spellings.setdefault(address_key(entry.address), set()).add(entry.address)

    def get(self, address: str) -> SuppressedAddress | None:
        """The entry with exactly this spelling."""
        return self._entries.get(address)

    def delete(self, address: str) -> bool:
        """Removes the entry with exactly this spelling; whether there was one."""
        if self._entries.pop(address, None) is None:
            return False
        self._spellings[address_key(address)].discard(address)
        return True

    def list(
        self, *, reasons: Iterable[str] = (), start: float | None = None, end: float | None = None
    ) -> list[SuppressedAddress]:
        """Entries in the order of their addresses: of some reasons, added in a time range."""
        wanted = frozenset(reasons) or frozenset(REASONS)
        return [
            entry
            for _, entry in sorted(self._entries.items())
            if entry.reason in wanted and (start is None or entry.at >= start) and (end is None or entry.at <= end)
        ]

    def matching(self, addresses: Iterable[str], reasons: frozenset[str] | None) -> dict[str, str]:
        """The addresses that are suppressed for one of the reasons (None: the account's): normalized -> reason."""
        active = self.reasons if reasons is None else reasons
        found = {}
        for address in map(address_key, addresses):
            for spelling in sorted(self._spellings.get(address, ())):
                if self._entries[spelling].reason in active:
                    found[address] = self._entries[spelling].reason
        return found
