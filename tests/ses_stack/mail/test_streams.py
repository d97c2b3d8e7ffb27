"""Streams and their configuration sets."""

from __future__ import annotations

import pytest

from ses_stack.mail.streams import STREAMS, configuration_set_of, stream_of


def test_configuration_sets_are_named_after_the_stack_and_the_stream() -> None:
    assert configuration_set_of("marketing", "mail") == "mail-marketing"
    assert configuration_set_of("marketing", "mail", shared=True) == "mail-marketing-shared"


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("stream", STREAMS)
def test_the_stream_follows_from_the_configuration_set(stream: str, shared: bool) -> None:
    assert stream_of(configuration_set_of(stream, "mail", shared=shared), "mail") == stream


@pytest.mark.parametrize("configuration_set", [None, "", "theirs", "other-stack-marketing", "mail-transactional-2"])
def test_the_stream_of_any_other_set_is_the_default(configuration_set: str | None) -> None:
    assert stream_of(configuration_set, "mail") == "default"
