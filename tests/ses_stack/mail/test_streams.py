"""Streams and their configuration sets."""

from __future__ import annotations

import pytest

from ses_stack.mail.streams import STREAMS, configuration_set_of, stream_of


@pytest.mark.parametrize("stream", STREAMS)
def test_a_configuration_set_tells_its_stream(stream: str) -> None:
    assert stream_of(configuration_set_of(stream, "mail"), "mail") == stream


@pytest.mark.parametrize("configuration_set", [None, "", "theirs", "other-stack-marketing", "mail-transactional-2"])
def test_any_other_is_the_default(configuration_set: str | None) -> None:
    assert stream_of(configuration_set, "mail") == "default"
