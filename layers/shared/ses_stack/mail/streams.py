"""Streams: kinds of mail, each with its own configuration set.

https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
"""

from __future__ import annotations

DEFAULT_STREAM = "default"
STREAMS = ("transactional", "marketing", DEFAULT_STREAM)


def configuration_set_of(stream: str, stack: str, *, shared: bool = False) -> str:
    """The name of a stream's configuration set in a deployed stack: `ses-stack-marketing`.

    `shared` asks for the set that sends through SES's shared IP addresses, while the stream's dedicated IP addresses
    are warming up.
    """
    return f"{stack}-{stream}-shared" if shared else f"{stack}-{stream}"


def stream_of(configuration_set: str | None, stack: str) -> str:
    """The stream of a configuration set; `default` for a set that does not belong to the stack, and for None."""
    for stream in STREAMS:
        if configuration_set in {configuration_set_of(stream, stack, shared=shared) for shared in (False, True)}:
            return stream
    return DEFAULT_STREAM
