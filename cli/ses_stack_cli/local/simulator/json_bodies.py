"""Reads JSON bodies. SES's errors name the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ValidationError

from ses_stack_cli.local.simulator.errors import ApiError, bad_request


def read[M: BaseModel](model: type[M], body: bytes) -> M:
    """The request in a body. Raises a BadRequestException that names the field, or a SerializationException."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise ApiError("SerializationException", "the body is not valid JSON") from None
        field = ".".join(str(part) for part in first["loc"])
        raise bad_request(f"{field}: {first['msg']}") from None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises a SerializationException."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise ApiError("SerializationException", "the body is not a JSON object")
    return value
