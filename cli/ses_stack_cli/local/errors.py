"""The local cloud's errors: `LocalCloudError`, and below it `StepError`."""

from __future__ import annotations

from ses_stack.errors import SesStackError


class LocalCloudError(SesStackError):
    """The local cloud cannot carry out a command. The text says why, and what the user can do."""


class StepError(LocalCloudError):
    """A step of `ses-stack local up` failed. `output` is the end of its output, `cause` what is known besides."""

    def __init__(self, step: str, output: str, cause: str = "") -> None:
        super().__init__(f"{step} failed: {cause}" if cause else f"{step} failed")
        self.step = step
        self.output = output
