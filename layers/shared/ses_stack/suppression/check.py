"""The check before sending: may these addresses get this mail?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ses_stack.errors import AddressError
from ses_stack.mail.addresses import checked_key
from ses_stack.suppression.list_changes import CurrentList
from ses_stack.suppression.policy import Suppression, blocking
from ses_stack.suppression.scopes import checked_stream, checked_topic


class CurrentLists(Protocol):
    """A table from which current lists are read."""

    def current(self, recipients: Iterable[str], *, until: float) -> Mapping[str, CurrentList]:
        """The recipients' current lists; none for a recipient without facts. `until` is a `time.monotonic()`.

        Raises `TableError`.
        """


def check(
    table: CurrentLists, addresses: Sequence[str], *, stream: str, topic: str | None, now: float, until: float
) -> dict[str, Suppression | None]:
    """What keeps each address from getting mail of a stream (and topic); None: nothing does.

    One call to the table per hundred addresses. `now` is in epoch seconds, `until` is a `time.monotonic()`.
    Raises `ScopeError` for an unknown stream or an impossible topic, `AddressError`, `TableError`.
    """
    checked_stream(stream)
    if topic is not None:
        checked_topic(topic)
    if isinstance(addresses, str | bytes):
        raise AddressError("addresses is one value: pass a list of addresses")
    recipients = {address: checked_key(address, f"addresses[{place}]") for place, address in enumerate(addresses)}
    current = table.current(recipients.values(), until=until)
    return {
        address: blocking(current[recipient].suppressions, stream=stream, topic=topic, now=now)
        if recipient in current
        else None
        for address, recipient in recipients.items()
    }
