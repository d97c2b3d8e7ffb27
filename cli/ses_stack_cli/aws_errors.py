"""The errors of AWS and boto3, each in one sentence that says what helps."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from ses_stack.aws.retry import is_throttling

_EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN_KEY_CODES = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_ACCESS_DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnauthorizedOperation",
        "AWS.SimpleQueueService.AccessDenied",
    }
)
_NOT_FOUND_CODES = frozenset(
    {"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}
)


_SIGN_IN = "the AWS sign-in has expired: renew it with `aws sso login`"
_NO_CREDENTIALS = "there are no AWS credentials: choose a profile with --profile, or set AWS_PROFILE"
_FAILURES: dict[type[BotoCoreError], str] = {
    ProfileNotFound: "there is no AWS profile {profile}: `aws configure list-profiles` shows those there are",
    NoCredentialsError: _NO_CREDENTIALS,
    PartialCredentialsError: _NO_CREDENTIALS,
    SSOError: _SIGN_IN,
    TokenRetrievalError: _SIGN_IN,
    NoRegionError: "no AWS region is chosen: give --region, or set AWS_REGION",
    InvalidRegionError: "{region_name} is not an AWS region",
    EndpointConnectionError: "{endpoint_url} cannot be reached: check the network and the region",
}


def sentence(error: Exception) -> str | None:
    """The error as one sentence; None if it is not an error of botocore."""
    if isinstance(error, ClientError):
        return _refused(error)
    return _failed(error) if isinstance(error, BotoCoreError) else None


def _failed(error: BotoCoreError) -> str:
    """The sentence for a call that got no answer. `error.kwargs` are the values of botocore's own text."""
    for kind, text in _FAILURES.items():
        if isinstance(error, kind):
            return text.format(**error.kwargs)
    return _one_line(str(error))


def _refused(error: ClientError) -> str:
    """The sentence for an error code that AWS answered."""
    code = error.response["Error"].get("Code", "")
    message = _one_line(error.response["Error"].get("Message", ""))
    if code in _EXPIRED_CODES:
        return "the AWS credentials have expired: renew them, with `aws sso login` for instance"
    if code in _UNKNOWN_KEY_CODES:
        return f"AWS does not accept the credentials ({code}): check the profile"
    if code in _ACCESS_DENIED_CODES:
        return f"access denied to {error.operation_name}: {message or code}"
    if code in _NOT_FOUND_CODES:
        return f"{error.operation_name}: a resource of the stack is gone, or is in another region or account ({code})"
    if is_throttling(code):
        return f"AWS is throttling {error.operation_name}: try again in a while"
    return f"{error.operation_name} was refused: {code}: {message}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
