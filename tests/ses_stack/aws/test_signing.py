"""Signatures are those of the SDK."""

from __future__ import annotations

from datetime import UTC, datetime

from botocore import credentials as sdk
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.aws.signing import Credentials, signed_headers

HEADERS = {"content-type": "application/x-amz-json-1.0", "host": "localhost:80", "x-amz-target": "T_1.Do"}
REGION = "eu-west-1"


def signature_of_the_sdk(credentials: Credentials, moment: str, body: bytes) -> str:
    request = AWSRequest("POST", "http://localhost:80/", headers=HEADERS, data=body)
    request.context["timestamp"] = moment
    request.headers["X-Amz-Date"] = moment
    if credentials.token:
        request.headers["X-Amz-Security-Token"] = credentials.token
    known = sdk.Credentials(credentials.key_id, credentials.secret, credentials.token or None)
    auth = SigV4Auth(known, "dynamodb", REGION)
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))


@given(st.binary(max_size=300), st.sampled_from(["", "session/token=="]), st.integers(0, 2**32))
def test_a_signature_is_the_one_of_the_sdk(body: bytes, token: str, second: int) -> None:
    now = datetime.fromtimestamp(second, UTC)
    credentials = Credentials(key_id="AKIDEXAMPLE", secret="secret/key+1", token=token)

    signed = signed_headers(credentials, service="dynamodb", region=REGION, now=now, headers=HEADERS, body=body)

    expected = signature_of_the_sdk(credentials, now.strftime("%Y%m%dT%H%M%SZ"), body)
    assert signed["authorization"].rpartition("Signature=")[2] == expected
    assert signed["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{now:%Y%m%d}/eu-west-1/")
    assert signed.get("x-amz-security-token", "") == token


def test_renewed_credentials_sign_anew() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)

    def authorization(secret: str) -> str:
        credentials = Credentials(key_id="AKIDEXAMPLE", secret=secret)
        signed = signed_headers(credentials, service="sqs", region=REGION, now=now, headers=HEADERS, body=b"{}")
        return signed["authorization"]

    assert authorization("one") == authorization("one") != authorization("two")


def test_secrets_are_not_shown() -> None:
    shown = repr(Credentials(key_id="AKIDEXAMPLE", secret="my-secret", token="my-token"))

    assert "AKIDEXAMPLE" in shown
    assert "my-" not in shown
