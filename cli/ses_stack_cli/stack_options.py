"""Which stack a command works on, as the operator names it. Standard library only: scripts/ uses it too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """The values of --stack-name, --profile and --region. Without a stack name, the command uses the local cloud."""

    stack_name: str | None = None
    profile: str | None = None
    region: str | None = None
