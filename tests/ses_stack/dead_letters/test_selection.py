"""Which dead letters a redrive puts back."""

from __future__ import annotations

import pytest

from ses_stack.dead_letters.messages import Failure
from ses_stack.dead_letters.selection import OTHER_CAUSE, OTHER_TYPE, STILL_MALFORMED, YOUNGER, Selection
from ses_stack.mail.event_types import EventType
from tests.support.dead_letter_fakes import letter

BAD = Failure(cause="FieldError: mail is missing", type=EventType.BOUNCE, malformed=True)
GOOD = Failure(cause="parses now", type=EventType.SEND)


@pytest.mark.parametrize(
    ("selection", "failure", "reason"),
    [
        (Selection(), GOOD, None),
        (Selection(), BAD, STILL_MALFORMED),
        (Selection(malformed=True), BAD, None),
        (Selection(cause="MAIL IS"), BAD, None),
        (Selection(cause="mail is"), GOOD, OTHER_CAUSE),
        (Selection(types=frozenset({EventType.SEND})), GOOD, None),
        (Selection(types=frozenset({EventType.OPEN})), GOOD, OTHER_TYPE),
        (Selection(types=frozenset({EventType.BOUNCE})), BAD, STILL_MALFORMED),
        (Selection(sent_before=-1.0), GOOD, YOUNGER),
    ],
)
def test_a_selection_says_why_it_skips(selection: Selection, failure: Failure, reason: str | None) -> None:
    assert selection.skips(letter(1), failure) == reason


def test_a_message_younger_than_the_run_stays_and_one_of_the_same_moment_is_put_back() -> None:
    selection = Selection.at(1000.0, cause=None, types=frozenset(), malformed=False)
    assert selection.skips(letter(1, sent_at=1014.0), GOOD) is None
    assert selection.skips(letter(1, sent_at=1016.0), GOOD) == YOUNGER


def test_a_body_that_this_run_put_back_has_come_back_unless_the_message_is_older() -> None:
    selection = Selection.at(1000.0, cause=None, types=frozenset(), malformed=False)
    put_back = {hash("good")}
    assert selection.has_come_back(letter(1, sent_at=999.0), put_back)
    assert not selection.has_come_back(letter(1, sent_at=984.0), put_back)
    assert not selection.has_come_back(letter(1, "other", sent_at=999.0), put_back)
