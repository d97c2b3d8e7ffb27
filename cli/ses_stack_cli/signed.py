"""Access to AWS without the SDK's clients, which take longer to make than most commands take to call AWS.

The SDK still finds the credentials and the configuration. Where the configuration asks for what this module does not
do (a proxy, FIPS, an endpoint in the configuration file), there is no endpoint here, and the SDK calls.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import NoCredentialsError
from botocore.httpsession import get_cert_path
from botocore.session import Session
from botocore.utils import get_environ_proxies

from ses_stack.aws.clients import endpoint_of
from ses_stack.aws.json_api import Service
from ses_stack.aws.signing import Credentials

# The regions whose endpoints `endpoint_of` knows: those of AWS, AWS GovCloud and AWS China.
_REGION = re.compile(r"(?:[a-z]{2}|us-gov)-[a-z]+-\d+")
_URL = re.compile(r"https?://[\w.-]+(:\d+)?(/|$)")
_TARGETS = {"dynamodb": "DynamoDB_20120810", "sqs": "AmazonSQS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAccess:
    """A region of an account. `credentials` gives the current ones, `endpoint` a service's address, or None.

    None stands for an endpoint that only the SDK may call. `trusted` is a file of CA certificates.
    """

    region: str
    credentials: Callable[[], Credentials] = field(repr=False)
    endpoint: Callable[[str], str | None] = field(repr=False)
    trusted: str | None

    def maker(self, name: str) -> Callable[[], Service] | None:
        """Makes connections to a service that takes JSON, each for one thread; None if only the SDK may call it."""
        endpoint = self.endpoint(name)
        if endpoint is None:
            return None
        return lambda: Service(
            name=name,
            target=_TARGETS[name],
            endpoint=endpoint,
            region=self.region,
            credentials=self.credentials,
            trusted=self.trusted,
        )


def access_of(session: Session, region: str | None) -> SignedAccess:
    """The access of a session of the SDK to AWS."""
    return SignedAccess(
        region=region or "",
        credentials=partial(credentials_of, session),
        endpoint=partial(_endpoint_in_aws, session, region or ""),
        trusted=session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True),
    )


def access_at(endpoint: str, session: Session, region: str, *, trusted: str | None) -> SignedAccess:
    """The access to services at one endpoint, which is never called through a proxy."""
    return SignedAccess(
        region=region,
        credentials=partial(credentials_of, session),
        endpoint=lambda _: endpoint,
        trusted=trusted or get_cert_path(True),
    )


def credentials_of(session: Session) -> Credentials:
    """The session's credentials, which botocore renews before they expire.

    Raises `BotoCoreError` if there are none, or if they cannot be renewed.
    """
    found = session.get_credentials()
    frozen = found.get_frozen_credentials() if found else None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise NoCredentialsError
    return Credentials(key_id=frozen.access_key, secret=frozen.secret_key, token=frozen.token or "")


def _endpoint_in_aws(session: Session, region: str, service: str) -> str | None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html"""
    if not _REGION.fullmatch(region) or _has_special_endpoint(session):
        return None
    endpoint = endpoint_of(service, {**os.environ, "AWS_REGION": region})
    if not _URL.match(endpoint):
        return None
    return None if endpoint.partition(":")[0] in get_environ_proxies(endpoint) else endpoint


def _has_special_endpoint(session: Session) -> bool:
    """Whether the configuration chooses endpoints in another way than by the region or a variable."""
    configured = {"endpoint_url", "services"} & session.get_scoped_config().keys()
    names = ("use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls")
    return bool(configured) or any(session.get_config_variable(name) for name in names)
