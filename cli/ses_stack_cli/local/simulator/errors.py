"""SES's errors, as its API answers them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
"""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success: `name` is SES's error code, `status` the HTTP status."""

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status


def bad_request(message: str) -> ApiError:
    """A parameter is missing or not valid."""
    return ApiError("BadRequestException", message)


def not_found(message: str) -> ApiError:
    """The resource that the request names does not exist."""
    return ApiError("NotFoundException", message, 404)


def already_exists(message: str) -> ApiError:
    """The resource that the request would create exists already."""
    return ApiError("AlreadyExistsException", message)


def too_many_requests(message: str) -> ApiError:
    """A throttle: over the sending rate, or over the daily quota."""
    return ApiError("TooManyRequestsException", message, 429)


def message_rejected(message: str) -> ApiError:
    """SES will not send this message."""
    return ApiError("MessageRejected", message)


def internal(message: str) -> ApiError:
    """A fault of SES itself: the caller may try again."""
    return ApiError("InternalServiceErrorException", message, 500)


class EmulatorError(Exception):
    """The AWS emulator did not answer, or answered with an error."""
