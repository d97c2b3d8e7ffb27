"""Dead letters of the statistics writer, which cannot be put back.

Lambda gives a record to the statistics writer until the table stream drops the record, after a day. So a letter names
records that no longer exist, and the history does not say which of its rows were counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ses_stack.dead_letters.messages import DeadLetterMessage

UNCOUNTED = "the table stream, which keeps a day, has lost its records: they stay out of the counters; purge the queue"


class NoDestination:
    """The destination of letters that cannot be put back."""

    def send(self, messages: Sequence[DeadLetterMessage]) -> dict[str, str]:
        """Sends nothing. All messages stay, and this is why."""
        return {message.id: UNCOUNTED for message in messages}
