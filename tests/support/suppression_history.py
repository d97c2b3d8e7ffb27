"""A suppression writer and a history that are late each by its own time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ses_stack.suppression.list_changes import CurrentList
from tests.support.suppression_world import World


class LateHistory:
    """The history's three steps for a delivery, and the suppression writer's for everything else.

    The history writes a delivery. Its index shows it at once or some moments later, but before a recheck comes. The
    projector reads it from the table stream at any time after it was written. It may read lists as they were before the
    writer's last batch.
    """

    def __init__(self) -> None:
        self.world = World(sync=False)
        self._written: set[int] = set()
        self._unshown: list[dict[str, Any]] = []
        self._lists_before: Mapping[str, CurrentList] = {}

    def take(self, record: dict[str, Any]) -> None:
        """The writer gets a record that the suppression rule passes on."""
        self._lists_before = dict(self.world.table.lists)
        self.world.take(record)

    def write(self, number: int, record: dict[str, Any], *, at_once: bool) -> None:
        """The history's table has a delivery; `at_once`: its index too."""
        if number not in self._written:
            self._written.add(number)
            self._unshown.append(record)
        if at_once:
            self.show()

    def follow(self, number: int, record: dict[str, Any], *, stale: bool = False) -> None:
        """The projector reads a delivery, which the table has by then."""
        self.write(number, record, at_once=False)
        self.world.follow_history(record, lists=self._lists_before if stale else None)

    def show(self) -> None:
        """The index shows all that was written."""
        while self._unshown:
            self.world.show_in_history(self._unshown.pop())

    def deliver_copies(self) -> None:
        """The copies come back, after their delay."""
        self.show()
        self.world.deliver_copies()

    def finish(self) -> None:
        """Delivers copies until there are none."""
        for _ in range(3):
            self.deliver_copies()
        assert self.world.queue.sent == []
