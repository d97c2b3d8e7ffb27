"""Streams: kinds of mail, each with a configuration set of its own."""

from __future__ import annotations

DEFAULT_STREAM = "default"
STREAMS = ("transactional", "marketing", DEFAULT_STREAM)


def configuration_set_of(stream: str, stack: str, *, shared: bool = False) -> str:
    """The name of a stream's configuration set in a deployed stack: `ses-stack-marketing`.

    `shared`: the one that sends through SES's shared addresses while the stream's own are warming up.
    """
    return f"{stack}-{stream}-shared" if shared else f"{stack}-{stream}"


def stream_of(configuration_set: str | None, stack: str) -> str:
    """The stream that a configuration set belongs to; `default` for a set that is not ours, and for none."""
    for stream in STREAMS:
        if configuration_set in {configuration_set_of(stream, stack, shared=shared) for shared in (False, True)}:
            return stream
    return DEFAULT_STREAM
