"""What the installed command starts. It imports little itself: Ctrl-C may come while the rest is loaded."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs `ses-stack`."""
    try:
        from ses_stack_cli.main import app  # noqa: PLC0415 -- Ctrl-C may come meanwhile

        app(prog_name="ses-stack")
    except KeyboardInterrupt:
        sys.exit(130)
