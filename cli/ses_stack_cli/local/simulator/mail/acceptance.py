"""Gives accepted messages their SES message ids."""

from __future__ import annotations

import random
import uuid

from ses_stack_cli.local.simulator.mail.message import AcceptedMessage, Message
from ses_stack_cli.local.simulator.settings import Settings


def ses_id(at: float, rng: random.Random) -> str:
    """An id in SES's shape: region, milliseconds since 1970 in hexadecimal, a random UUID, a counter."""
    return f"0100{round(at * 1000):012x}-{uuid.UUID(int=rng.getrandbits(128), version=4)}-000000"


class MessageAcceptance:
    """Counts how often each message was sent, so that each copy has a key of its own."""

    def __init__(self, settings: Settings) -> None:
        self._seed = settings.seed
        self._copies: dict[str, int] = {}

    def accept(self, message: Message, *, at: float, caller: str) -> AcceptedMessage:
        """The message under an id of its own."""
        digest = message.digest()
        copy = self._copies[digest] = self._copies.get(digest, -1) + 1
        key = f"{self._seed}:{digest}:{copy}"
        message_id = ses_id(at, random.Random(f"{key}:id"))
        return AcceptedMessage(message=message, message_id=message_id, at=at, key=key, caller=caller)
