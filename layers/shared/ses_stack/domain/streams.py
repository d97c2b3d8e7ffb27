"""Streams: kinds of mail, each with a configuration set of its own."""

from __future__ import annotations

DEFAULT_STREAM = "default"
STREAMS = ("transactional", "marketing", DEFAULT_STREAM)


def configuration_set_of(stream: str, stack: str) -> str:
    """The name of a stream's configuration set in a deployed stack: `ses-stack-marketing`."""
    return f"{stack}-{stream}"


def stream_of(configuration_set: str | None, stack: str) -> str:
    """The stream that a configuration set belongs to; `default` for a set that is not ours, and for none."""
    for stream in STREAMS:
        if configuration_set == configuration_set_of(stream, stack):
            return stream
    return DEFAULT_STREAM
