"""Files that are written beside their place and take it when they are complete."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write. It takes the place of `path` at the end, if the block raised nothing; else `path` stays.

    So a command that is stopped leaves no fragment that looks like the whole. A link stays a link, and a device or a
    pipe is written directly. Raises `OSError`.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        with place.open("w", encoding="utf-8", newline="") as output:
            yield output
        return
    beside = place.with_name(f".{place.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("x", encoding="utf-8", newline="") as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode & 0o777)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
