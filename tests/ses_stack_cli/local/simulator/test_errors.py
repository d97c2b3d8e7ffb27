"""SES's errors: their names and HTTP statuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ses_stack_cli.local.simulator import errors
from ses_stack_cli.local.simulator.errors import ApiError


@pytest.mark.parametrize(
    ("make", "name", "status"),
    [
        (errors.bad_request, "BadRequestException", 400),
        (errors.not_found, "NotFoundException", 404),
        (errors.already_exists, "AlreadyExistsException", 400),
        (errors.too_many_requests, "TooManyRequestsException", 429),
        (errors.message_rejected, "MessageRejected", 400),
        (errors.internal, "InternalServiceErrorException", 500),
    ],
)
def test_each_error_has_sess_name_and_status(make: Callable[[str], ApiError], name: str, status: int) -> None:
    error = make("why")
    assert (error.name, error.status, error.message, str(error)) == (name, status, "why", "why")
