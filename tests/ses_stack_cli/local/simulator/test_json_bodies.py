"""Reading bodies, and the errors that name what is wrong."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.errors import ApiError
from ses_stack_cli.local.simulator.faults import FaultRequest
from ses_stack_cli.local.simulator.json_bodies import read, read_object
from ses_stack_cli.local.simulator.mail.requests import SendEmail


def test_a_body_is_read_into_a_model() -> None:
    assert read(FaultRequest, b'{"answer": "error", "calls": 2}').calls == 2


def test_an_error_names_the_field_and_its_place() -> None:
    body = b'{"Content": {"Simple": {"Subject": {"Data": 1}, "Body": {}}}}'
    with pytest.raises(ApiError, match=r"^Content\.Simple\.Subject\.Data: Input should be a valid string$") as raised:
        read(SendEmail, body)
    assert raised.value.name == "BadRequestException"


def test_a_body_that_is_not_json_is_a_serialization_error() -> None:
    for attempt in (lambda: read(FaultRequest, b"{"), lambda: read_object(b"{"), lambda: read_object(b"[]")):
        with pytest.raises(ApiError) as raised:
            attempt()
        assert raised.value.name == "SerializationException"


def test_an_empty_body_is_an_empty_object() -> None:
    assert read_object(b"") == {}
