"""The bodies of SESv2's requests about identities, lists, suppression and tenants, as far as the simulator reads them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateContactList.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutSuppressedDestination.html
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ses_stack_cli.local.simulator.mail.requests import RequestPart


class IdentityBody(RequestPart):
    """A CreateEmailIdentity request."""

    EmailIdentity: str = Field(min_length=1)
    ConfigurationSetName: str | None = None


class IdentitySetBody(RequestPart):
    """A PutEmailIdentityConfigurationSetAttributes request."""

    ConfigurationSetName: str | None = None


class Topic(RequestPart):
    """A contact list's topic."""

    TopicName: str = Field(min_length=1)
    DisplayName: str = ""
    Description: str | None = None
    DefaultSubscriptionStatus: Literal["OPT_IN", "OPT_OUT"] = "OPT_IN"


class ContactListBody(RequestPart):
    """A CreateContactList request."""

    ContactListName: str = Field(min_length=1)
    Topics: list[Topic] = Field(default_factory=list)
    Description: str | None = None


class TopicPreference(RequestPart):
    """Whether a contact wants mail about a topic."""

    TopicName: str
    SubscriptionStatus: Literal["OPT_IN", "OPT_OUT"]


class ContactBody(RequestPart):
    """A CreateContact or UpdateContact request."""

    EmailAddress: str = ""
    TopicPreferences: list[TopicPreference] | None = None
    UnsubscribeAll: bool | None = None
    AttributesData: str | None = None


class SuppressedDestination(RequestPart):
    """A PutSuppressedDestination request."""

    EmailAddress: str
    Reason: Literal["BOUNCE", "COMPLAINT"]


class SuppressionReasons(RequestPart):
    """A PutAccountSuppressionAttributes request."""

    SuppressedReasons: list[Literal["BOUNCE", "COMPLAINT"]] = Field(default_factory=list)


class TenantTag(RequestPart):
    """A tenant's tag."""

    Key: str
    Value: str


class TenantBody(RequestPart):
    """A CreateTenant, GetTenant or DeleteTenant request."""

    TenantName: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    Tags: list[TenantTag] = Field(default_factory=list)


class TenantStatusBody(RequestPart):
    """An UpdateReputationEntityCustomerManagedStatus request, without what its path names."""

    SendingStatus: Literal["ENABLED", "DISABLED", "REINSTATED"]


class PagedBody(RequestPart):
    """A request for one page of a list, such as ListTenants or ListEmailIdentities."""

    PageSize: int | None = None
    NextToken: str | None = None

    def paging(self) -> dict[str, list[str]]:
        """The members of a page, as other operations have them in their query."""
        members = {"PageSize": self.PageSize, "NextToken": self.NextToken}
        return {name: [str(value)] for name, value in members.items() if value is not None}


class TenantResourcesBody(PagedBody):
    """A ListTenantResources request."""

    TenantName: str
    Filter: dict[Literal["RESOURCE_TYPE"], Literal["EMAIL_IDENTITY", "CONFIGURATION_SET", "EMAIL_TEMPLATE"]] = Field(
        default_factory=dict
    )


class TenantResourceBody(RequestPart):
    """A CreateTenantResourceAssociation or DeleteTenantResourceAssociation request."""

    TenantName: str
    ResourceArn: str = Field(min_length=1)
