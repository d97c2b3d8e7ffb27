"""Method and path name an operation."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.api.operation_names import operation_named


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v2/email/outbound-emails", "SendEmail"),
        ("GET", "/v2/email/account", "GetAccount"),
        ("GET", "/v2/email/account/", "GetAccount"),
        ("GET", "/v2/email/configuration-sets/marketing", "GetConfigurationSet"),
        ("GET", "/v2/email/configuration-sets/a/event-destinations", "GetConfigurationSetEventDestinations"),
        ("DELETE", "/v2/email/suppression/addresses/a%40b.org", "DeleteSuppressedDestination"),
        ("PATCH", "/v2/email/account", "an unknown operation"),
        ("GET", "/", "an unknown operation"),
    ],
)
def test_the_operation_of_a_request(method: str, path: str, name: str) -> None:
    assert operation_named(method, path) == name
