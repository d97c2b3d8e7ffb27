"""The operations on tenants, as boto3 calls them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.simulator import NAME, World

PREFIX = "arn:aws:ses:us-east-1:000000000000:"
IDENTITY, SET = f"{PREFIX}identity/example.com", f"{PREFIX}configuration-set/{NAME}"
BULK = {
    "FromEmailAddress": "news@example.com",
    "ConfigurationSetName": NAME,
    "DefaultContent": {"Template": {"TemplateContent": {"Subject": "x", "Text": "x"}, "TemplateData": "{}"}},
    "BulkEmailEntries": [{"Destination": {"ToAddresses": ["a@b.org"]}}],
}


def test_a_tenants_life(world: World) -> None:
    created = world.ses.create_tenant(TenantName="acme", Tags=[{"Key": "plan", "Value": "pro"}])
    assert created["TenantArn"] == f"{PREFIX}tenant/acme/{created['TenantId']}"
    assert (created["SendingStatus"], created["Tags"]) == ("ENABLED", [{"Key": "plan", "Value": "pro"}])
    assert created["CreatedTimestamp"].timestamp() == world.clock.now
    with pytest.raises(world.ses.exceptions.AlreadyExistsException):
        world.ses.create_tenant(TenantName="acme")
    tenant = world.ses.get_tenant(TenantName="acme")["Tenant"]
    assert tenant == {name: value for name, value in created.items() if name != "ResponseMetadata"}
    world.ses.create_tenant(TenantName="zebra")
    first = world.ses.list_tenants(PageSize=1)
    rest = world.ses.list_tenants(PageSize=1, NextToken=first["NextToken"])
    assert [each["TenantName"] for each in first["Tenants"] + rest["Tenants"]] == ["acme", "zebra"]
    world.ses.delete_tenant(TenantName="acme")
    for call in (world.ses.get_tenant, world.ses.delete_tenant):
        with pytest.raises(world.ses.exceptions.NotFoundException):
            call(TenantName="acme")


@pytest.mark.parametrize("name", ["a b", "a.b", "x" * 65])
def test_a_name_that_is_not_valid_is_refused(world: World, name: str) -> None:
    with pytest.raises(world.ses.exceptions.BadRequestException):
        world.ses.create_tenant(TenantName=name)


def test_associations(world: World) -> None:
    world.ses.create_tenant(TenantName="acme")
    world.ses.create_email_template(TemplateName="may", TemplateContent={"Subject": "x", "Text": "x"})
    for arn in (IDENTITY, SET, f"{PREFIX}template/may"):
        world.ses.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    with pytest.raises(world.ses.exceptions.AlreadyExistsException):
        world.ses.create_tenant_resource_association(TenantName="acme", ResourceArn=SET)
    listed = world.ses.list_tenant_resources(TenantName="acme")["TenantResources"]
    assert [each["ResourceType"] for each in listed] == ["EMAIL_IDENTITY", "CONFIGURATION_SET", "EMAIL_TEMPLATE"]
    only = world.ses.list_tenant_resources(TenantName="acme", Filter={"RESOURCE_TYPE": "CONFIGURATION_SET"})
    assert only["TenantResources"] == [{"ResourceType": "CONFIGURATION_SET", "ResourceArn": SET}]
    world.ses.delete_tenant_resource_association(TenantName="acme", ResourceArn=SET)
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.ses.delete_tenant_resource_association(TenantName="acme", ResourceArn=SET)


@pytest.mark.parametrize(
    ("arn", "error"),
    [
        (f"{PREFIX}configuration-set/nope", "NotFoundException"),
        (f"{PREFIX}template/nope", "NotFoundException"),
        (f"{PREFIX}contact-list/x", "BadRequestException"),
        (f"{PREFIX}identity/", "BadRequestException"),
        ("arn:aws:ses:eu-west-1:000000000000:identity/example.com", "BadRequestException"),
        ("example.com", "BadRequestException"),
    ],
)
def test_what_cannot_be_associated_is_refused(world: World, arn: str, error: str) -> None:
    world.ses.create_tenant(TenantName="acme")
    with pytest.raises(ClientError) as raised:
        world.ses.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    assert raised.value.response["Error"]["Code"] == error


def test_mail_of_a_tenant_needs_its_associations_alone_and_in_bulk(world: World) -> None:
    with pytest.raises(world.ses.exceptions.NotFoundException):
        world.send("a@b.org", TenantName="acme")
    world.ses.create_tenant(TenantName="acme")
    for send in (lambda: world.send("a@b.org", TenantName="acme"), lambda: bulk(world)):
        with pytest.raises(ClientError) as raised:
            send()
        assert raised.value.response["Error"] == {
            "Code": "AccessDeniedException",
            "Message": f"Tenant not associated with resources [{IDENTITY}, {SET}].",
        }
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    for arn in (IDENTITY, SET):
        world.ses.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    assert world.send("a@b.org", TenantName="acme")
    assert bulk(world) == "SUCCESS"


def test_a_paused_tenants_mail_is_refused_alone_and_in_bulk_and_no_other_tenants(world: World) -> None:
    arns = {name: world.ses.create_tenant(TenantName=name)["TenantArn"] for name in ("acme", "initech")}
    for name, resource in ((name, resource) for name in arns for resource in (IDENTITY, SET)):
        world.ses.create_tenant_resource_association(TenantName=name, ResourceArn=resource)
    put_status(world, arns["acme"], "DISABLED")
    assert world.ses.get_tenant(TenantName="acme")["Tenant"]["SendingStatus"] == "DISABLED"
    for send in (lambda: world.send("a@b.org", TenantName="acme"), lambda: bulk(world)):
        with pytest.raises(world.ses.exceptions.SendingPausedException, match="Sending paused for tenant acme"):
            send()
    assert world.send("a@b.org", TenantName="initech")
    put_status(world, arns["acme"], "REINSTATED")
    assert world.send("a@b.org", TenantName="acme")


@pytest.mark.parametrize(("arn", "status"), [(f"{PREFIX}tenant/none", "DISABLED"), (None, "PAUSED")])
def test_a_status_that_cannot_be_set_is_refused(world: World, arn: str | None, status: str) -> None:
    known = world.ses.create_tenant(TenantName="acme")["TenantArn"]
    with pytest.raises(world.ses.exceptions.BadRequestException):
        put_status(world, arn or known, status)


def put_status(world: World, arn: str, status: Any) -> None:
    world.ses.update_reputation_entity_customer_managed_status(
        ReputationEntityType="RESOURCE", ReputationEntityReference=arn, SendingStatus=status
    )


def bulk(world: World) -> str:
    status: str = world.ses.send_bulk_email(**BULK, TenantName="acme")["BulkEmailEntryResults"][0]["Status"]
    return status
