"""The account's standing: which sends it refuses. Traffic: what it counts."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.account.standing import Account, Traffic
from ses_stack_cli.local.simulator.errors import ApiError


def test_a_healthy_account_sends_from_any_identity() -> None:
    account = Account()
    account.check_sending()
    account.check_identities("Shop <news@example.com>", ["ann@b.org"], "us-east-1")


def test_a_suspended_account_is_suspended_even_if_it_is_paused() -> None:
    for account, name in (
        (Account(enforcement="SHUTDOWN", sending_enabled=False), "AccountSuspendedException"),
        (Account(sending_enabled=False), "SendingPausedException"),
    ):
        with pytest.raises(ApiError) as raised:
            account.check_sending()
        assert raised.value.name == name


@pytest.mark.parametrize("identity", ["example.com", "news@example.com"])
def test_an_identity_is_an_address_or_a_domain(identity: str) -> None:
    account = Account(unverified={identity})
    with pytest.raises(ApiError, match=r"failed the check in region EU-WEST-1: News@Example\.com$") as raised:
        account.check_identities("Shop <News@Example.com>", [], "eu-west-1")
    assert raised.value.name == "MessageRejected"
    account.check_identities("news@example.org", ["news@example.com"], "eu-west-1")


def test_in_the_sandbox_sender_and_recipients_must_be_verified() -> None:
    account = Account(production_access=False, verified={"example.com", "ann@b.org"})
    account.check_identities("Shop <news@example.com>", ["Ann <ANN@b.org>", "x@EXAMPLE.com"], "eu-west-1")
    account.check_identities("news@example.com", ["bounce+x@simulator.amazonses.com"], "eu-west-1")
    with pytest.raises(ApiError) as raised:
        account.check_identities("news@shop.org", ["ann@b.org", "Bob <bob@b.org>", "bob@b.org"], "eu-west-1")
    assert (raised.value.name, raised.value.message) == (
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
        "news@shop.org, bob@b.org",
    )
    with pytest.raises(ApiError, match=r"EU-WEST-1: bob@b\.org$"):
        account.check_identities("news@example.com", ["bob@b.org"], "eu-west-1")


def test_a_mail_from_domain_that_is_not_verified() -> None:
    with pytest.raises(ApiError) as raised:
        Account(mail_from_unverified={"example.com"}).check_identities("news@example.com", [], "eu-west-1")
    assert raised.value.name == "MailFromDomainNotVerifiedException"


def test_calls_are_counted_by_operation_and_by_caller() -> None:
    traffic = Traffic()
    for caller, operation in (("A", "SendEmail"), ("A", "SendEmail"), ("B", "GetAccount")):
        traffic.count_call(caller, operation)
    assert traffic.calls == {"SendEmail": 2, "GetAccount": 1}
    assert traffic.callers == {"A": {"SendEmail": 2}, "B": {"GetAccount": 1}}
