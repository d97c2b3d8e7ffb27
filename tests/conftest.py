"""For all tests: moto is imported before any AWS client exists, and no client ever finds real credentials."""

from __future__ import annotations

import moto  # noqa: F401
import pytest
from hypothesis import settings

# How long an example takes says nothing about the code on a machine that does other things too.
settings.register_profile("ses-stack", deadline=None)
settings.load_profile("ses-stack")

_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "SES_STACK_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in _AWS.items():
        monkeypatch.setenv(name, value)
