"""Tenants, and their associations with identities, configuration sets and templates.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateTenant.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateTenantResourceAssociation.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.account.tenants import Tenant
from ses_stack_cli.local.simulator.api.bodies import (
    PagedBody,
    TenantBody,
    TenantResourceBody,
    TenantResourcesBody,
    TenantStatusBody,
)
from ses_stack_cli.local.simulator.api.call import Call, Json, page
from ses_stack_cli.local.simulator.errors import bad_request
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.simulator import Simulator

_TYPES = {"identity": "EMAIL_IDENTITY", "configuration-set": "CONFIGURATION_SET", "template": "EMAIL_TEMPLATE"}


async def create(simulator: Simulator, call: Call) -> Json:
    """Creates a tenant."""
    body = read(TenantBody, call.body)
    tags = [tag.model_dump() for tag in body.Tags]
    return _tenant(simulator.tenants.create(body.TenantName, tags, simulator.clock()))


async def get(simulator: Simulator, call: Call) -> Json:
    """A tenant."""
    return {"Tenant": _tenant(simulator.tenants.get(read(TenantBody, call.body).TenantName))}


async def put_status(simulator: Simulator, call: Call) -> Json:
    """Pauses a tenant, or resumes it: UpdateReputationEntityCustomerManagedStatus."""
    arn, status = call.path_names["ReputationEntityReference"], read(TenantStatusBody, call.body).SendingStatus
    tenant = simulator.tenants.by_arn(arn)
    if call.path_names["ReputationEntityType"] != "RESOURCE" or tenant is None:
        raise bad_request(f"Reputation entity {arn} does not exist.")
    tenant.status = status
    return {}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Deletes a tenant and its associations."""
    simulator.tenants.delete(read(TenantBody, call.body).TenantName)
    return {}


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The tenants by page."""
    paging = read(PagedBody, call.body).paging()
    listed, next_page = page(paging, [_summary(tenant) for tenant in simulator.tenants.list()])
    return {"Tenants": listed} | next_page


async def associate(simulator: Simulator, call: Call) -> Json:
    """Associates an identity, a configuration set or a template with a tenant."""
    body = read(TenantResourceBody, call.body)
    await _check_exists(simulator, body.ResourceArn)
    simulator.tenants.associate(body.TenantName, body.ResourceArn, simulator.clock())
    return {}


async def disassociate(simulator: Simulator, call: Call) -> Json:
    """Ends an association."""
    body = read(TenantResourceBody, call.body)
    simulator.tenants.disassociate(body.TenantName, body.ResourceArn)
    return {}


async def list_resources(simulator: Simulator, call: Call) -> Json:
    """A tenant's resources by page, optionally of one type."""
    body = read(TenantResourcesBody, call.body)
    resources = [
        {"ResourceType": _TYPES[_resource(simulator, arn)[0]], "ResourceArn": arn}
        for arn in simulator.tenants.get(body.TenantName).resources
    ]
    wanted = body.Filter.get("RESOURCE_TYPE")
    listed, next_page = page(body.paging(), [each for each in resources if wanted in {None, each["ResourceType"]}])
    return {"TenantResources": listed} | next_page


def _tenant(tenant: Tenant) -> Json:
    return _summary(tenant) | {"Tags": list(tenant.tags)}


def _summary(tenant: Tenant) -> Json:
    return {
        "TenantName": tenant.name,
        "TenantId": tenant.id,
        "TenantArn": tenant.arn,
        "CreatedTimestamp": tenant.created,
        "SendingStatus": tenant.status,
    }


async def _check_exists(simulator: Simulator, arn: str) -> None:
    """Raises a NotFoundException for a resource that does not exist. Every identity exists here."""
    kind, name = _resource(simulator, arn)
    if kind == "template":
        simulator.template(name)
    elif kind == "configuration-set":
        await simulator.configuration_set(name)


def _resource(simulator: Simulator, arn: str) -> tuple[str, str]:
    """The kind and the name in a resource's ARN. Raises a BadRequestException for any other ARN."""
    kind, _, name = arn.removeprefix(simulator.tenants.arn_prefix).partition("/")
    if not arn.startswith(simulator.tenants.arn_prefix) or kind not in _TYPES or not name:
        raise bad_request(
            f"Invalid resource ARN {arn}: the ARN of an identity, a configuration set or a template "
            "of this account and region is expected."
        )
    return kind, name
