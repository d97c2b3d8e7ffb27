"""Tenants, and the resources that may be used in their name.

https://docs.aws.amazon.com/ses/latest/dg/tenants.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from ses_stack.mail.addresses import address_key
from ses_stack_cli.local.simulator.errors import ApiError, already_exists, not_found
from ses_stack_cli.local.simulator.mail.message import domain_of

ENABLED, DISABLED = "ENABLED", "DISABLED"


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One tenant. `resources`: the ARN of each associated resource, and when it was associated."""

    name: str
    id: str
    arn: str
    created: float
    tags: Sequence[dict[str, str]] = ()
    status: str = ENABLED
    resources: dict[str, float] = field(default_factory=dict)


class Tenants:
    """The account's tenants. `arn_prefix` is `arn:aws:ses:REGION:ACCOUNT:`."""

    def __init__(self, arn_prefix: str) -> None:
        self.arn_prefix = arn_prefix
        self._tenants: dict[str, Tenant] = {}

    def create(self, name: str, tags: Sequence[dict[str, str]], now: float) -> Tenant:
        """Adds a tenant. Raises an AlreadyExistsException."""
        if name in self._tenants:
            raise already_exists(f"Tenant {name} already exists.")
        tenant_id = f"tn-{uuid4().hex[:30]}"
        arn = f"{self.arn_prefix}tenant/{name}/{tenant_id}"
        self._tenants[name] = Tenant(name=name, id=tenant_id, arn=arn, created=now, tags=tags)
        return self._tenants[name]

    def get(self, name: str) -> Tenant:
        """A tenant. Raises a NotFoundException."""
        if name not in self._tenants:
            raise not_found(f"Tenant {name} for AwsAccountId {self.arn_prefix.split(':')[4]} not found.")
        return self._tenants[name]

    def by_arn(self, arn: str) -> Tenant | None:
        """The tenant with an ARN, as CreateTenant answered it or with the tenant's id alone; None if there is none."""
        return next((each for each in self.list() if arn in {each.arn, f"{self.arn_prefix}tenant/{each.id}"}), None)

    def delete(self, name: str) -> None:
        """Removes a tenant and its associations. Raises a NotFoundException."""
        del self._tenants[self.get(name).name]

    def list(self) -> list[Tenant]:
        """The tenants in the order of their names."""
        return [tenant for _, tenant in sorted(self._tenants.items())]

    def associate(self, name: str, resource_arn: str, now: float) -> None:
        """Lets mail of a tenant use a resource. Raises a NotFoundException or an AlreadyExistsException."""
        resources = self.get(name).resources
        if resource_arn in resources:
            raise already_exists(f"Resource {resource_arn} is already associated with tenant {name}.")
        resources[resource_arn] = now

    def disassociate(self, name: str, resource_arn: str) -> None:
        """Ends an association. Raises a NotFoundException."""
        if self.get(name).resources.pop(resource_arn, None) is None:
            raise not_found(f"Resource {resource_arn} is not associated with tenant {name}.")

    def check_sending(
        self, name: str | None, *, source: str, configuration_set: str | None, template: str | None
    ) -> None:
        """Raises what SES answers to mail of a tenant that does not exist, is paused, or lacks a resource of the mail.

        AWS documents that mail of a paused tenant fails, and not how: this text is the simulator's.
        https://docs.aws.amazon.com/ses/latest/dg/tenants.html
        The API reference says that each resource must be associated, and not what SES answers else: status 403 and
        this text were observed (https://github.com/floci-io/floci/pull/2815).
        https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (TenantName)
        """
        if name is None:
            return
        tenant = self.get(name)
        if tenant.status == DISABLED:
            raise ApiError("SendingPausedException", f"Sending paused for tenant {name}.")
        associated = tenant.resources
        sender = address_key(source)
        used = [f"{self.arn_prefix}identity/{domain_of(sender)}"]
        if f"{self.arn_prefix}identity/{sender}" in associated:
            used = []
        if configuration_set:
            used.append(f"{self.arn_prefix}configuration-set/{configuration_set}")
        if template:
            used.append(f"{self.arn_prefix}template/{template}")
        if missing := [arn for arn in used if arn not in associated]:
            raise ApiError(
                "AccessDeniedException", f"Tenant not associated with resources [{', '.join(missing)}].", status=403
            )
