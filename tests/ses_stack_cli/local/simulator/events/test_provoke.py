"""The table of `ses-stack local provoke`."""

from __future__ import annotations

from ses_stack_cli.local.simulator.events.address_words import WORDS
from ses_stack_cli.local.simulator.events.provoke import PROVOKE, table


def test_the_table_names_every_type_and_word() -> None:
    text = table()
    assert all(f"{word}@" in text for word in WORDS)
    assert len({way.event for way in PROVOKE}) == 10
