"""Deliveries that reach the history after a soft-bounce suppression was made: they go to the suppression queue.

The suppression rule passes on no deliveries: they are many, and few of them ever matter. The suppression
writer reads them from the history, when an address has enough soft bounces. This is the other half:

    after a list was changed, the history is read:  if it rests on soft bounces, deliveries may lift it
    after a delivery is in the history, its recipient's list is read:  if it rests on soft bounces, the suppression
                                                                       queue gets the delivery

So one of the two sees the other's write. Reads of the history's index, and the reads here, may be a moment old: the
suppression writer settles every such list again after `HistoryWait` seconds, see `writer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ses_stack.errors import TableError
from ses_stack.suppression.check import CurrentLists
from ses_stack.suppression.records import SuppressionCopy, SuppressionQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class LateDelivery:
    """A delivery that the history has. `id` is its record's; `body` is a record for the suppression queue."""

    id: str
    recipient: str
    body: str


@dataclass(frozen=True, slots=True)
class ForwardedDeliveries:
    """How many deliveries were forwarded; `failed` maps the ids of those that must come again to the reason."""

    count: int
    failed: Mapping[str, str]


def forward(
    deliveries: Sequence[LateDelivery], *, table: CurrentLists, queue: SuppressionQueue, until: float
) -> ForwardedDeliveries:
    """Forwards the deliveries that may lift a suppression.

    All of them, if the suppression table cannot be read: a fault there never stops the reader of the history.
    """
    wanted = _that_may_lift(deliveries, table, until)
    copies = [SuppressionCopy(record_id=each.id, body=each.body, delay=0) for each in wanted]
    failed = queue.send(copies, until=until) if copies else {}
    return ForwardedDeliveries(len(copies) - len(failed), failed)


def _that_may_lift(deliveries: Sequence[LateDelivery], table: CurrentLists, until: float) -> Sequence[LateDelivery]:
    if not deliveries:
        return ()
    try:
        lists = table.current(sorted({each.recipient for each in deliveries}), until=until)
    except TableError:
        return deliveries
    resting = {recipient for recipient, current in lists.items() if current.rests_on_soft_bounces()}
    return [each for each in deliveries if each.recipient in resting]
