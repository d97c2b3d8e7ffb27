"""The sending policy: the parameters of the stack that decide how much is sent, from its output SendingPolicy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPolicy:
    """The defaults are for a stack whose outputs lack a value.

    `safety` is the share of SES's rate that is used, `threshold` the share of the quota from which bulk mail waits,
    `deferral_hours` the longest time that mail waits for an operator.
    """

    safety: float = 1.0
    threshold: float = 0.9
    deferral_hours: float = 72

    @classmethod
    def read(cls, outputs: Mapping[str, str]) -> SendingPolicy:
        """Reads the stack's outputs."""
        values = json.loads(outputs.get("SendingPolicy", "{}"))
        names = ("safety", "threshold", "deferral_hours")
        return cls(**{name: float(values[name]) for name in names if name in values})
