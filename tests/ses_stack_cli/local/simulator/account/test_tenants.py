"""Tenants: what mail of a tenant may use."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack_cli.local.simulator.account.tenants import Tenants
from ses_stack_cli.local.simulator.errors import ApiError

PREFIX = "arn:aws:ses:eu-west-1:123456789012:"
DOMAIN, ADDRESS = f"{PREFIX}identity/example.com", f"{PREFIX}identity/news@example.com"
SET, TEMPLATE = f"{PREFIX}configuration-set/shop-marketing", f"{PREFIX}template/may"


@pytest.fixture
def tenants() -> Tenants:
    tenants = Tenants(PREFIX)
    tenants.create("acme", [], 1.0)
    return tenants


def check(tenants: Tenants, name: str | None = "acme", **changes: Any) -> None:
    mail = {"source": "News <News@Example.com>", "configuration_set": "shop-marketing", "template": "may"}
    tenants.check_sending(name, **mail | changes)


def refusal(tenants: Tenants, name: str = "acme", **changes: Any) -> tuple[int, str, str]:
    with pytest.raises(ApiError) as raised:
        check(tenants, name, **changes)
    return raised.value.status, raised.value.name, raised.value.message


def test_mail_without_a_tenant_needs_no_association(tenants: Tenants) -> None:
    check(tenants, None)


def test_a_tenant_that_does_not_exist_is_not_found(tenants: Tenants) -> None:
    assert refusal(tenants, "initech") == (
        404,
        "NotFoundException",
        "Tenant initech for AwsAccountId 123456789012 not found.",
    )


def test_every_missing_association_is_named(tenants: Tenants) -> None:
    denied = (403, "AccessDeniedException")
    text = "Tenant not associated with resources [{}]."
    assert refusal(tenants) == (*denied, text.format(f"{DOMAIN}, {SET}, {TEMPLATE}"))
    tenants.associate("acme", SET, 2.0)
    tenants.associate("acme", TEMPLATE, 2.0)
    assert refusal(tenants) == (*denied, text.format(DOMAIN))
    assert refusal(tenants, configuration_set=None, template=None) == (*denied, text.format(DOMAIN))
    tenants.associate("acme", DOMAIN, 2.0)
    check(tenants)
    tenants.disassociate("acme", SET)
    assert refusal(tenants) == (*denied, text.format(SET))


def test_the_identity_may_be_the_senders_address(tenants: Tenants) -> None:
    for arn in (ADDRESS, SET, TEMPLATE):
        tenants.associate("acme", arn, 2.0)
    check(tenants)
    assert DOMAIN in refusal(tenants, source="other@example.com")[2]


def test_a_tenant_that_is_created_again_has_no_associations(tenants: Tenants) -> None:
    tenants.associate("acme", DOMAIN, 2.0)
    tenants.delete("acme")
    tenants.create("acme", [], 3.0)
    assert DOMAIN in refusal(tenants)[2]
