"""Letters that cannot be put back."""

from __future__ import annotations

from ses_stack.dead_letters.uncounted import UNCOUNTED, NoDestination
from tests.support.dead_letter_fakes import letter


def test_every_letter_stays_with_the_reason() -> None:
    letters = [letter(1), letter(2)]
    assert NoDestination().send(letters) == {each.id: UNCOUNTED for each in letters}
