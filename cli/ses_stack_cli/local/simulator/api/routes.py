"""The SESv2 REST API: which operation answers which path.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Operations.html
"""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from ses_stack_cli.local.simulator.api import account, contacts, identities, sending, suppression, templates, tenants
from ses_stack_cli.local.simulator.api.call import Operation
from ses_stack_cli.local.simulator.api.dispatch import forwarding_endpoint, operation_endpoint, unsupported_endpoint
from ses_stack_cli.local.simulator.simulator import Simulator

_LISTS = "/contact-lists"
_LIST = "/contact-lists/{ContactListName}"
_CONTACT = "/contact-lists/{ContactListName}/contacts/{EmailAddress:path}"
_SUPPRESSED = "/suppression/addresses"
_TEMPLATE = "/templates/{TemplateName}"
_REPUTATION = "/reputation/entities/{ReputationEntityType}/{ReputationEntityReference:path}/customer-managed-status"
_IDENTITY = "/identities/{EmailIdentity}"
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

# Name, method, path below /v2/email, function.
OPERATIONS: tuple[tuple[str, str, str, Operation], ...] = (
    ("SendEmail", "POST", "/outbound-emails", sending.send_email),
    ("SendBulkEmail", "POST", "/outbound-bulk-emails", sending.send_bulk_email),
    ("GetAccount", "GET", "/account", account.get_account),
    ("PutAccountSendingAttributes", "PUT", "/account/sending", account.put_account_sending),
    ("PutAccountSuppressionAttributes", "PUT", "/account/suppression", account.put_account_suppression),
    ("PutSuppressedDestination", "PUT", _SUPPRESSED, suppression.put),
    ("ListSuppressedDestinations", "GET", _SUPPRESSED, suppression.list_all),
    ("GetSuppressedDestination", "GET", _SUPPRESSED + "/{EmailAddress:path}", suppression.get),
    ("DeleteSuppressedDestination", "DELETE", _SUPPRESSED + "/{EmailAddress:path}", suppression.delete),
    ("CreateEmailIdentity", "POST", "/identities", identities.create),
    ("ListEmailIdentities", "POST", "/list-identities", identities.list_all),
    ("GetEmailIdentity", "GET", _IDENTITY, identities.get),
    ("DeleteEmailIdentity", "DELETE", _IDENTITY, identities.delete),
    (
        "PutEmailIdentityConfigurationSetAttributes",
        "PUT",
        _IDENTITY + "/configuration-set",
        identities.put_configuration_set,
    ),
    ("CreateEmailTemplate", "POST", "/templates", templates.create),
    ("ListEmailTemplates", "GET", "/templates", templates.list_all),
    ("GetEmailTemplate", "GET", _TEMPLATE, templates.get),
    ("UpdateEmailTemplate", "PUT", _TEMPLATE, templates.update),
    ("DeleteEmailTemplate", "DELETE", _TEMPLATE, templates.delete),
    ("TestRenderEmailTemplate", "POST", _TEMPLATE + "/render", templates.test_render),
    ("CreateContactList", "POST", _LISTS, contacts.create_list),
    ("ListContactLists", "GET", _LISTS, contacts.list_lists),
    ("GetContactList", "GET", _LIST, contacts.get_list),
    ("DeleteContactList", "DELETE", _LIST, contacts.delete_list),
    ("CreateContact", "POST", _LIST + "/contacts", contacts.create_contact),
    ("ListContacts", "POST", _LIST + "/contacts/list", contacts.list_contacts),
    ("GetContact", "GET", _CONTACT, contacts.get_contact),
    ("UpdateContact", "PUT", _CONTACT, contacts.update_contact),
    ("CreateTenant", "POST", "/tenants", tenants.create),
    ("GetTenant", "POST", "/tenants/get", tenants.get),
    ("DeleteTenant", "POST", "/tenants/delete", tenants.delete),
    ("ListTenants", "POST", "/tenants/list", tenants.list_all),
    ("UpdateReputationEntityCustomerManagedStatus", "PUT", _REPUTATION, tenants.put_status),
    ("CreateTenantResourceAssociation", "POST", "/tenants/resources", tenants.associate),
    ("DeleteTenantResourceAssociation", "POST", "/tenants/resources/delete", tenants.disassociate),
    ("ListTenantResources", "POST", "/tenants/resources/list", tenants.list_resources),
    ("DeleteContact", "DELETE", _CONTACT, contacts.delete_contact),
)


def api_routes(simulator: Simulator) -> list[BaseRoute]:
    """The API's routes. The emulator has the configuration sets; an unknown path answers that it is not implemented."""
    routes: list[BaseRoute] = [
        Route(f"/v2/email{path}", operation_endpoint(simulator, name, operation), methods=[method])
        for name, method, path, operation in OPERATIONS
    ]
    forward = forwarding_endpoint(simulator)
    routes += [Route(f"/v2/email/configuration-sets{rest}", forward, methods=_METHODS) for rest in ("", "/{rest:path}")]
    routes.append(Route("/{rest:path}", unsupported_endpoint(simulator), methods=_METHODS))
    return routes
