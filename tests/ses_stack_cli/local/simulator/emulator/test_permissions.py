"""The permissions of the callers' roles."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ses_stack_cli.local.simulator.settings import Settings
from tests.support.simulator import NAME, World

IDENTITY = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
SET = f"arn:aws:ses:us-east-1:000000000000:configuration-set/{NAME}"


@pytest.fixture
def settings() -> Settings:
    return Settings(max_send_rate=0, enforce_iam=True)


def test_a_permission_is_remembered_for_ten_seconds(world: World) -> None:
    world.ses.get_account()
    world.ses.get_account()
    assert world.emulator.signed_requests == 1
    world.clock.now += 10
    world.ses.get_account()
    assert world.emulator.signed_requests == 2


def test_a_role_without_the_permission(world: World) -> None:
    world.emulator.denying = True
    with pytest.raises(ClientError, match=r"AccessDeniedException.*assumed-role/Sender/function is not authorized"):
        world.ses.get_account()
    with pytest.raises(ClientError, match=f"Role Sender is not authorized to perform: ses:SendEmail on .*{IDENTITY}"):
        world.send("a@b.org")


def test_a_permission_for_some_resources_only(world: World) -> None:
    world.emulator.denying = True
    world.emulator.allowed = {("ses:SendEmail", IDENTITY)}
    with pytest.raises(ClientError, match=f"on resource: {SET}"):
        world.send("a@b.org")
    world.emulator.allowed.add(("ses:SendEmail", SET))
    assert world.send("a@b.org")
    world.emulator.allowed.add(("ses:PutConfigurationSetSendingOptions", SET))
    world.ses.put_configuration_set_sending_options(ConfigurationSetName=NAME, SendingEnabled=False)


def test_a_permission_for_tenants(world: World) -> None:
    world.ses.create_tenant(TenantName="acme")
    world.emulator.denying = True
    with pytest.raises(ClientError, match=r"not authorized to perform: ses:GetTenant on resource: .*:tenant/acme/"):
        world.ses.get_tenant(TenantName="acme")
    world.emulator.allowed = {("ses:GetTenant", "arn:aws:ses:us-east-1:000000000000:tenant/acme/id")}
    assert world.ses.get_tenant(TenantName="acme")["Tenant"]["TenantName"] == "acme"
