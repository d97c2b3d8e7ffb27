"""Message ids in SES's shape, and keys that do not depend on the time."""

from __future__ import annotations

import random
import re

from ses_stack_cli.local.simulator.mail.acceptance import MessageAcceptance, ses_id
from ses_stack_cli.local.simulator.mail.message import Message
from ses_stack_cli.local.simulator.settings import Settings

MESSAGE = Message(source="a@b.org", to=["c@d.org"], subject="Hello")


def test_an_id_begins_with_the_time_in_milliseconds() -> None:
    made = ses_id(1_764_137_400.123, random.Random(1))
    assert re.fullmatch(r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000", made)
    assert int(made[4:16], 16) == 1_764_137_400_123


def test_the_same_message_sent_twice_has_two_ids_and_two_keys() -> None:
    acceptance = MessageAcceptance(Settings())
    first, second = (acceptance.accept(MESSAGE, at=1.0, caller="key") for _ in range(2))
    assert first.message_id != second.message_id
    assert first.key != second.key


def test_the_key_depends_on_seed_and_content_and_not_on_the_time() -> None:
    keys = [
        MessageAcceptance(Settings(seed=seed)).accept(MESSAGE, at=at, caller="key").key
        for seed, at in ((1, 1.0), (1, 2.0), (2, 1.0))
    ]
    assert keys[0] == keys[1] != keys[2]
