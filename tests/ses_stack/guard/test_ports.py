"""The guard's collaborators: the real ones offer what the fakes of the tests do."""

from __future__ import annotations

from ses_stack.guard.adapters.account import GuardedSes
from ses_stack.guard.adapters.history import HistoryEvidence
from ses_stack.guard.adapters.lanes import GuardedQueues
from ses_stack.guard.adapters.store import GuardTable
from ses_stack.guard.ports import GuardedAccount, GuardedCounters, GuardedHistory, GuardedLanes, GuardStore
from ses_stack.statistics.adapters.reader import StatisticsReader
from tests.support.guard_world import GuardWorld

PORTS = (GuardedCounters, GuardedAccount, GuardStore, GuardedHistory, GuardedLanes)
REAL = (StatisticsReader, GuardedSes, GuardTable, HistoryEvidence, GuardedQueues)


def test_the_real_ones_and_the_fake_have_every_method_of_their_ports() -> None:
    for port, real in zip(PORTS, REAL, strict=True):
        methods = {name for name in vars(port) if not name.startswith("_")}
        assert methods
        assert methods <= set(dir(real))
        assert methods <= set(dir(GuardWorld))
