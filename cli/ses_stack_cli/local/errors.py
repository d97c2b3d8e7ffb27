"""What can go wrong with the local cloud."""

from __future__ import annotations

from ses_stack.errors import SesStackError


class LocalCloudError(SesStackError):
    """The local cloud cannot do what was asked; the text says why and what helps."""


class StepError(LocalCloudError):
    """A step of `ses-stack local up` failed. `output` is what it printed."""

    def __init__(self, step: str, output: str) -> None:
        super().__init__(f"{step} failed")
        self.step = step
        self.output = output
