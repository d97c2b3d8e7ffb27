"""The rate's windows: a row of SendTable for each second and shard, in which all workers take their slots.

The conditions state `SlotRequest.granted` (sending/limits/rate.py) in DynamoDB terms, so that one write decides.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from collections.abc import Callable

from ses_stack.aws.items import is_written_by, new_writer
from ses_stack.aws.threads import Threads
from ses_stack.mail.lanes import Lane
from ses_stack.sending.adapters.rows import counted_numbers, rate_key, window_of
from ses_stack.sending.adapters.table import RowUpdate, SendTable, number_values
from ses_stack.sending.limits.rate import SenderCounts, SlotRequest, Window

_KEPT_SECONDS = 3_600


class RateWindows:
    """The slots of each second that workers have taken."""

    def __init__(self, table: Callable[[], SendTable], *, threads: Threads) -> None:
        """`table` gives the thread's own table."""
        self._table = table
        self._threads = threads

    async def take(self, request: SlotRequest) -> tuple[bool, Window]:
        """Takes slots of a second; whether they were granted, and the row after it. Raises `TableError`.

        One conditional write; two if no worker has taken a slot for a while.
        """
        return await self._threads(self._take, request)

    async def count_sent(self, second: int, lane: Lane, counts: SenderCounts) -> None:
        """Adds to what the workers of a lane have counted in a second. Raises `TableError`."""
        await self._threads(self._count_sent, second, lane, counts)

    def _count_sent(self, second: int, lane: Lane, counts: SenderCounts) -> None:
        added = counted_numbers(counts, lane.value)
        message = {":message_id": {"S": counts.message_id}} if counts.message_id else {}
        assignments = ["expires_at = :expires", *(["message_id = :message_id"] if message else [])]
        additions = ", ".join(f"{name} :{name}" for name in added)
        self._table().update(
            RowUpdate(
                pk=rate_key(second),
                expression=f"SET {', '.join(assignments)} ADD {additions}",
                values=number_values(expires=second + _KEPT_SECONDS, **added) | message,
            )
        )

    def _take(self, request: SlotRequest) -> tuple[bool, Window]:
        granted, window = self._update(_update_in_order(request))
        if not granted and window.taken < request.lowest:
            return self._update(_update_that_skips(request))
        return granted, window

    def _update(self, update: RowUpdate) -> tuple[bool, Window]:
        updated = self._table().update(update)
        return updated.made, window_of(updated.row)


def _update_in_order(request: SlotRequest) -> RowUpdate:
    """Takes the next free slots, if the row has no slot that has passed, or if there is no row."""
    conditions = ["(attribute_not_exists(taken) OR taken BETWEEN :lowest AND :last)"]
    numbers = {":last": request.highest - request.count}
    if _is_limited(request):
        within, lapsed = _shares(request)
        numbers |= {":within": within, ":lapsed": lapsed}
        no_row = " OR attribute_not_exists(taken)" if request.lowest <= lapsed else ""
        conditions.append(f"({_fits_share(within)} OR taken <= :lapsed{no_row})")
    return _update(request, "if_not_exists(taken, :lowest)", conditions, numbers)


def _update_that_skips(request: SlotRequest) -> RowUpdate:
    """Skips the slots that have passed, which no worker took, and takes the first ones that it may."""
    conditions = ["taken < :lowest"]
    numbers = {}
    if _is_limited(request):
        within, lapsed = _shares(request)
        numbers[":within"] = within
        conditions.append(f"({_fits_share(within)}{' OR taken < :lowest' if request.lowest <= lapsed else ''})")
    return _update(request, ":lowest", conditions, numbers)


def _is_limited(request: SlotRequest) -> bool:
    return request.share is not None and request.lane is Lane.BULK


def _shares(request: SlotRequest) -> tuple[int, int]:
    """Most slots that the lane may hold before, and the last slot at which the request may begin beyond its share."""
    return (request.share or 0) - request.count, request.lapsed - request.count


def _fits_share(within: int) -> str:
    return "#lane <= :within" + (" OR attribute_not_exists(#lane)" if within >= 0 else "")


def _update(request: SlotRequest, first: str, conditions: list[str], numbers: dict[str, int]) -> RowUpdate:
    """Takes `request.count` slots from `first` on."""
    writer = new_writer()
    numbers = {
        ":lowest": request.lowest,
        ":count": request.count,
        ":expires": request.second + _KEPT_SECONDS,
        **numbers,
    }
    return RowUpdate(
        pk=rate_key(request.second, request.shard),
        expression=f"SET taken = {first} + :count, expires_at = :expires, writer = :writer ADD #lane :count",
        condition=" AND ".join(conditions),
        names={"#lane": request.lane.value},
        values={":writer": {"S": writer}, **{name: {"N": str(number)} for name, number in numbers.items()}},
        returns_row=True,
        is_made=is_written_by(writer),
    )
