"""A local cloud for a benchmark, with a folder of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ses_stack_cli.local import cloud, state
from ses_stack_cli.local.servers import UpOptions
from ses_stack_cli.local.state import LocalState


@contextmanager
def local_cloud() -> Iterator[LocalState]:
    """A local cloud that runs as long as the block. Commands of `ses-stack` find it meanwhile."""
    before = os.environ.get(state.DIRECTORY_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="ses-stack-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[state.DIRECTORY_VARIABLE] = folder
        try:
            yield cloud.up(UpOptions(), on_step=lambda _: None)
        finally:
            cloud.down()
            del os.environ[state.DIRECTORY_VARIABLE]
            if before is not None:
                os.environ[state.DIRECTORY_VARIABLE] = before
