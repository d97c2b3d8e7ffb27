"""The raw payload: it comes back as it was packed, or it is refused."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import CorruptRawError
from ses_stack.history.adapters.raw import pack, unpack
from tests.support import payloads

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too
PAYLOAD = payloads.body(payloads.bounce())
SHARED = ("Winter boots are here", payloads.MESSAGE_ID)


@given(ANY_TEXT, st.lists(st.none() | ANY_TEXT, max_size=4))
def test_any_text_survives(payload: str, shared: list[str | None]) -> None:
    assert unpack(pack(payload, shared), shared) == payload


@given(st.integers(1, 40))
def test_repeated_text_survives(times: int) -> None:
    assert unpack(pack(PAYLOAD * times, SHARED), SHARED) == PAYLOAD * times


def test_a_megabyte_survives() -> None:
    payload = json.dumps({"x": [f"{number:x}" for number in range(150_000)]})
    assert len(payload) > 1_000_000

    assert unpack(pack(payload)) == payload


@pytest.mark.parametrize("make", list(payloads.EVERY.values()))
def test_an_event_becomes_small(make: object) -> None:
    payload = payloads.body(make())  # type: ignore[operator]

    assert len(pack(payload)) < len(payload) / 3.5


def test_texts_of_the_row_take_almost_no_bytes() -> None:
    assert len(pack(PAYLOAD, SHARED)) < len(pack(PAYLOAD)) - 40


def test_empty_and_missing_texts_of_the_row_are_the_same() -> None:
    assert unpack(pack(PAYLOAD, ["a", None, ""]), ["a"]) == PAYLOAD


PACKED = pack(PAYLOAD, SHARED)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"", "does not know"),
        (b"\x00" + PACKED[1:], "does not know"),
        (b"\xff" + PACKED[1:], "does not know"),
        (PACKED[:1], "cut short"),
        (PACKED[:3], "cut short"),
        (PACKED[:-1], "cut short"),
        (PACKED[:5] + b"\xff\xff\xff", "not a deflate stream"),
        (PACKED[:1] + b"\0\0\0\0" + PACKED[5:], "the checksum does not match"),
    ],
)
def test_an_altered_payload_is_refused(packed: bytes, reason: str) -> None:
    with pytest.raises(CorruptRawError, match=reason):
        unpack(packed, SHARED)


def test_with_other_texts_of_the_row_it_is_refused() -> None:
    with pytest.raises(CorruptRawError):
        unpack(PACKED, ("Summer boots are here", payloads.MESSAGE_ID))


def test_a_bomb_is_not_unpacked() -> None:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = squeeze.compress(bytes(64 * 1024 * 1024)) + squeeze.flush()

    with pytest.raises(CorruptRawError, match="cut short"):
        unpack(b"\x01\0\0\0\0" + bomb)
