"""The errors of AWS and boto3, each in one sentence."""

from __future__ import annotations

import pytest
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from ses_stack_cli.aws_errors import sentence


def explained(error: Exception) -> str:
    found = sentence(error)
    assert found is not None
    assert "\n" not in found
    return found


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (exceptions.NoRegionError(), "--region"),
        (exceptions.InvalidRegionError(region_name="mars"), "mars is not an AWS region"),
        (exceptions.PartialCredentialsError(provider="p", cred_var="v"), "no AWS credentials"),
        (exceptions.UnauthorizedSSOTokenError(), "aws sso login"),
        (exceptions.SSOTokenLoadError(error_msg="x"), "aws sso login"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="x"), "aws sso login"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x", error="e"), "https://x cannot be reached"),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), "Read timeout"),
    ],
)
def test_what_boto3_complains_of_is_a_sentence(error: BotoCoreError, expected: str) -> None:
    assert expected in explained(error)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredToken", "expired"),
        ("InvalidClientTokenId", "does not accept the credentials"),
        ("AccessDenied", "access denied to Query: said no"),
        ("ResourceNotFoundException", "Query: a resource of the stack is gone"),
        ("ThrottlingException", "throttling"),
        ("Other", "Query was refused: Other: said no"),
    ],
)
def test_what_aws_refuses_is_a_sentence(code: str, expected: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "said\n no"}}, "Query")
    assert expected in explained(error)


def test_any_other_error_has_no_sentence() -> None:
    assert sentence(ValueError("x")) is None
