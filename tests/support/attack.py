"""How much the attack's tests try. Every run of the tests tries a part; `make attack` tries all of it."""

from __future__ import annotations

import os

# Parts of the attack: 5 is the whole.
SIZE = int(os.environ.get("ATTACK_SIZE", "1"))
