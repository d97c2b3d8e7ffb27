"""Calls to SES's list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.sdk_ses import SdkSes
from ses_stack.errors import AccountListBusyError, AccountListError
from ses_stack.suppression.account.account_list import ListedAddress
from ses_stack.suppression.adapters.account_list import SesAccountList


@pytest.fixture
def ses() -> Iterator[tuple[SesAccountList, Stubber]]:
    client = boto3.client("sesv2")
    with Stubber(client) as stub:
        yield SesAccountList(SdkSes(client)), stub
        stub.assert_no_pending_responses()


def test_ses_list_is_written_in_the_case_as_spelled(ses: tuple[SesAccountList, Stubber]) -> None:
    account, stub = ses
    stub.add_response("put_suppressed_destination", {}, {"EmailAddress": "Ann@x.org", "Reason": "BOUNCE"})
    stub.add_response("delete_suppressed_destination", {}, {"EmailAddress": "Ann@x.org"})
    stub.add_client_error("delete_suppressed_destination", "NotFoundException", http_status_code=404)
    account.put("Ann@x.org", "BOUNCE")
    assert account.remove("Ann@x.org")
    assert not account.remove("ann@x.org")


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("TooManyRequestsException", 429, AccountListBusyError),
        ("SomethingNew", 429, AccountListBusyError),
        ("AccessDeniedException", 403, AccountListError),
        ("InternalFailure", 500, AccountListError),
    ],
)
def test_ses_errors_have_names(
    ses: tuple[SesAccountList, Stubber], code: str, status: int, error: type[AccountListError]
) -> None:
    account, stub = ses
    stub.add_client_error("put_suppressed_destination", code, "ann@x.org is bad", http_status_code=status)
    with pytest.raises(AccountListError, match=f"^SES: PutSuppressedDestination: {code}$") as raised:
        account.put("ann@x.org", "BOUNCE")
    assert type(raised.value) is error


def test_an_address_with_a_slash_that_ses_refuses_has_a_remedy(ses: tuple[SesAccountList, Stubber]) -> None:
    account, stub = ses
    stub.add_client_error("delete_suppressed_destination", "BadRequestException", http_status_code=400)
    stub.add_response("delete_suppressed_destination", {}, {"EmailAddress": "a/b@x.org"})
    with pytest.raises(AccountListError, match=r"takes no address with a slash .* `aws sesv2 create-import-job` with"):
        account.remove("a/b@x.org")
    assert account.remove("a/b@x.org"), "in case SES repairs that"


def test_ses_does_not_answer() -> None:
    class Silent:
        def call(self, *_: Any) -> Unanswered:
            return Unanswered(cause="TimeoutError", sent=True)

    account = SesAccountList(Silent())
    with pytest.raises(AccountListError, match=r"^SES: PutSuppressedDestination: TimeoutError$"):
        account.put("ann@x.org", "BOUNCE")


def test_pages_of_ses_list(ses: tuple[SesAccountList, Stubber]) -> None:
    account, stub = ses
    since = datetime(2026, 5, 12, 10, 48, tzinfo=UTC)
    summary = {"EmailAddress": "Ann@x.org", "Reason": "BOUNCE", "LastUpdateTime": since}
    page = {"SuppressedDestinationSummaries": [summary], "NextToken": "t"}
    stub.add_response("list_suppressed_destinations", page, {"PageSize": 1000})
    stub.add_response("list_suppressed_destinations", {}, {"PageSize": 1000, "NextToken": "t"})
    assert list(account.addresses()) == [
        ListedAddress(address="Ann@x.org", reason="BOUNCE", time="2026-05-12T10:48:00.000Z")
    ]
