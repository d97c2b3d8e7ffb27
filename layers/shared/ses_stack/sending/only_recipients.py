"""The recipients that a stack for testing may mail: those that its parameter OnlyRecipients names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ses_stack.errors import AddressError
from ses_stack.mail.addresses import SIMULATOR, checked_key, provider_of
from ses_stack.sending.ports import SuppressionLookup

NOT_NAMED = "not in OnlyRecipients"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyRecipients:
    """The keys of the addresses, and the domains, that may be mailed."""

    addresses: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> OnlyRecipients:
        """Reads addresses and domains with commas between them. Raises `AddressError` for anything else."""
        entries = [entry.strip() for entry in text.split(",")]
        addresses = {checked_key(entry, f"entry {number}") for number, entry in enumerate(entries, 1) if "@" in entry}
        domains = {_domain(entry, number) for number, entry in enumerate(entries, 1) if "@" not in entry}
        return cls(addresses=frozenset(addresses), domains=frozenset(domains))

    def allows(self, key: str) -> bool:
        """Whether an address may be mailed, by its key. A domain covers itself, and no subdomain.

        SES's mailbox simulator always may: no person gets that mail.
        """
        return key in self.addresses or key.rpartition("@")[2] in self.domains or provider_of(key) == SIMULATOR


class OnlyNamed:
    """The suppression list, and beside it every recipient that is not named."""

    def __init__(self, suppressions: SuppressionLookup, only: OnlyRecipients) -> None:
        self._suppressions = suppressions
        self._only = only

    async def check(self, addresses: Sequence[str], *, stream: str, topic: str | None) -> Mapping[str, str]:
        """The keys of the addresses that must not be mailed, each with the reason. Raises `TableError`."""
        named = [address for address in addresses if self._only.allows(address)]
        left_out = {address: NOT_NAMED for address in addresses if not self._only.allows(address)}
        if not named:
            return left_out
        return left_out | dict(await self._suppressions.check(named, stream=stream, topic=topic))


def _domain(entry: str, number: int) -> str:
    try:
        return checked_key(f"any@{entry}", "").rpartition("@")[2]
    except AddressError:
        raise AddressError(f"entry {number} is neither an e-mail address nor a domain") from None
