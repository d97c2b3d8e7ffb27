"""What AWS and boto3 complain of, in one sentence that says what helps."""

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

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN_KEY = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnauthorizedOperation",
        "AWS.SimpleQueueService.AccessDenied",
    }
)
_GONE = frozenset({"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
_SLOW_DOWN = frozenset(
    {"Throttling", "ThrottlingException", "RequestThrottled", "ProvisionedThroughputExceededException"}
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


def sentence(error: BotoCoreError | ClientError) -> str:
    """The error as one sentence."""
    return _refused(error) if isinstance(error, ClientError) else _failed(error)


def _failed(error: BotoCoreError) -> str:
    told = error.kwargs  # what botocore formats its own text from
    for kind, text in _FAILURES.items():
        if isinstance(error, kind):
            return text.format(**told)
    return _one_line(str(error))


def _refused(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    said = _one_line(error.response["Error"].get("Message", ""))
    if code in _EXPIRED:
        return "the AWS credentials have expired: renew them, with `aws sso login` for instance"
    if code in _UNKNOWN_KEY:
        return f"AWS does not accept the credentials ({code}): check the profile"
    if code in _DENIED:
        return f"access denied to {error.operation_name}: {said or code}"
    if code in _GONE:
        return f"{error.operation_name}: what the stack names is gone, or is in another region or account ({code})"
    if code in _SLOW_DOWN:
        return f"AWS is throttling {error.operation_name}: try again in a while"
    return f"{error.operation_name} was refused: {code}: {said}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
