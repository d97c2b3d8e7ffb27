"""The guard's row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.guard.adapters.rows import memory_in, memory_text
from ses_stack.guard.memory import GuardMemory
from ses_stack.guard.silence import SentSign, SesCount, Silence

SECONDS = st.floats(min_value=1, max_value=4e9)
MARKS = st.dictionaries(st.sampled_from(("marketing", "default")), SECONDS)
MEMORIES = st.builds(
    GuardMemory,
    counted_until=st.integers(min_value=1, max_value=4_000_000_000),
    silence=st.builds(
        Silence,
        unanswered=st.none() | st.builds(SentSign, at=SECONDS, message_id=st.sampled_from(("", "0100"))),
        sent_at=st.none() | SECONDS,
    ),
    ses=st.none() | st.builds(SesCount, sent=SECONDS, read_at=SECONDS),
    warned=MARKS,
    notified=MARKS,
)


@given(MEMORIES)
def test_a_memory_is_read_as_it_was_written(memory: GuardMemory) -> None:
    row = {"memory": {"S": memory_text(memory)}, "counted_until": {"N": str(memory.counted_until)}}
    assert memory_in(row) == memory


def test_no_row_is_a_first_run() -> None:
    assert memory_in({}) == GuardMemory()
    assert memory_text(GuardMemory()) == "{}"
