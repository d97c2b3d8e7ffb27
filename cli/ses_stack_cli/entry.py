"""What the installed command starts. It imports little itself: Ctrl-C may come while the rest is loaded."""

from __future__ import annotations

import gc
import sys

# Modules are loaded for good: a search for garbage among them takes 10% of a command's start.
_OBJECTS_BEFORE_COLLECTION = 50_000


def main() -> None:
    """Runs `ses-stack`."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    try:
        from ses_stack_cli.main import app  # noqa: PLC0415 -- Ctrl-C may come meanwhile

        app(prog_name="ses-stack")
    except KeyboardInterrupt:
        sys.exit(130)
