"""Identities.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator.account.identities import Identity
from ses_stack_cli.local.simulator.api.bodies import IdentityBody, IdentitySetBody, PagedBody
from ses_stack_cli.local.simulator.api.call import Call, Json, page
from ses_stack_cli.local.simulator.json_bodies import read
from ses_stack_cli.local.simulator.simulator import Simulator


async def create(simulator: Simulator, call: Call) -> Json:
    """Creates an identity. It is verified at once."""
    body = read(IdentityBody, call.body)
    if body.ConfigurationSetName:
        await simulator.configuration_set(body.ConfigurationSetName)
    identity = simulator.identities.create(body.EmailIdentity, body.ConfigurationSetName)
    simulator.account.verified.add(identity.name)
    return {
        "IdentityType": _type(identity),
        "VerifiedForSendingStatus": True,
        "DkimAttributes": _dkim(identity),
    }


async def get(simulator: Simulator, call: Call) -> Json:
    """An identity."""
    identity = simulator.identities.get(call.path_names["EmailIdentity"])
    configured = {"ConfigurationSetName": identity.configuration_set} if identity.configuration_set else {}
    return {
        "IdentityType": _type(identity),
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": _dkim(identity),
        **configured,
    }


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The identities by page."""
    listed, next_page = page(
        read(PagedBody, call.body).paging(),
        [
            {
                "IdentityType": _type(identity),
                "IdentityName": identity.name,
                "SendingEnabled": True,
                "VerificationStatus": "SUCCESS",
            }
            for identity in simulator.identities.list()
        ],
    )
    return {"EmailIdentities": listed} | next_page


async def put_configuration_set(simulator: Simulator, call: Call) -> Json:
    """Sets the configuration set of mail that names none; without a name, removes it."""
    name = read(IdentitySetBody, call.body).ConfigurationSetName
    identity = simulator.identities.get(call.path_names["EmailIdentity"])
    if name:
        await simulator.configuration_set(name)
    identity.configuration_set = name
    return {}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Deletes an identity."""
    identity = simulator.identities.get(call.path_names["EmailIdentity"])
    simulator.identities.delete(identity.name)
    simulator.account.verified.discard(identity.name)
    return {}


def _type(identity: Identity) -> str:
    return "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS"


def _dkim(identity: Identity) -> Json:
    if not identity.is_domain:
        return {"SigningEnabled": False, "Status": "NOT_STARTED"}
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": identity.dkim_tokens,
        "SigningAttributesOrigin": "AWS_SES",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    }
