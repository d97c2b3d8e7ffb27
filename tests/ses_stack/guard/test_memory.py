"""What the guard remembers."""

from __future__ import annotations

from ses_stack.guard.memory import GuardMemory


def test_a_memory_is_replaced_not_changed() -> None:
    memory = GuardMemory()
    later = memory.with_warning("transactional", 5.0).with_notified("marketing", 7.0).with_notified("default", 8.0)
    assert (memory.warned, memory.notified) == ({}, {})
    assert (later.warned, later.notified) == ({"transactional": 5.0}, {"marketing": 7.0, "default": 8.0})
