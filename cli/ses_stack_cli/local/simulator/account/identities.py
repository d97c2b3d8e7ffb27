"""The identities that an operator has created, and the configuration set of each.

https://docs.aws.amazon.com/ses/latest/dg/managing-configuration-sets.html (default configuration sets)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.errors import already_exists, not_found
from ses_stack_cli.local.simulator.mail.message import domain_of


@dataclass(slots=True, kw_only=True)
class Identity:
    """A domain or an address. `configuration_set` is that of mail which names none."""

    name: str
    configuration_set: str | None = None

    @property
    def is_domain(self) -> bool:
        """Whether it is a domain."""
        return "@" not in self.name

    @property
    def dkim_tokens(self) -> list[str]:
        """The tokens of its three DKIM records; empty for an address."""
        if not self.is_domain:
            return []
        return [sha256(f"{self.name}:{number}".encode()).hexdigest()[:32] for number in range(3)]


class Identities:
    """The account's identities. Whether a sender is verified is the account's standing; see `standing.py`."""

    def __init__(self) -> None:
        self._identities: dict[str, Identity] = {}

    def create(self, name: str, configuration_set: str | None) -> Identity:
        """Adds an identity. Raises an AlreadyExistsException."""
        key = _key(name)
        if key in self._identities:
            raise already_exists(f"Email identity {name} already exists.")
        self._identities[key] = Identity(name=key, configuration_set=configuration_set)
        return self._identities[key]

    def get(self, name: str) -> Identity:
        """An identity. Raises a NotFoundException."""
        if _key(name) not in self._identities:
            raise not_found(f"Email identity {name} does not exist.")
        return self._identities[_key(name)]

    def delete(self, name: str) -> None:
        """Removes an identity. Raises a NotFoundException."""
        del self._identities[self.get(name).name]

    def list(self) -> list[Identity]:
        """The identities in the order of their names."""
        return [identity for _, identity in sorted(self._identities.items())]

    def default_set(self, source: str) -> str | None:
        """The configuration set of mail from a sender that names none.

        The set of an address comes before the set of its domain. A domain without an identity uses that of the domain
        above it.
        """
        for name in _names(address_key(source)):
            if identity := self._identities.get(name):
                return identity.configuration_set
        return None


def _key(name: str) -> str:
    return address_key(name) if "@" in name else name.lower()


def _names(address: str) -> Iterator[str]:
    """The names under which a sender may be an identity: `a@b.c.org` gives itself, `b.c.org` and `c.org`."""
    yield address
    domain = domain_of(address)
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]
