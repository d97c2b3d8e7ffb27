"""Access to the local cloud's services: the SDK's clients, and environment variables for other tools."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.session import Session

from ses_stack_cli.local import state
from ses_stack_cli.local.proxies import loopback_exceptions
from ses_stack_cli.local.state import LocalState
from ses_stack_cli.signed import SignedAccess, access_at

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3})
_NO_PROXIES = Config(proxies={})
# Variables that choose other credentials, or a profile that need not exist.
MISLEADING_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


@cache
def session() -> Session:
    """A session with the emulator's keys. It reads neither the user's AWS configuration nor `AWS_` variables.

    A profile that does not exist, or an endpoint set for another purpose, has no effect on it.
    """
    variables: dict[str, tuple[Any, ...]] = {
        name: (setting, None, default, convert)
        for name, (setting, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    found = Session(session_vars=variables)
    found.set_credentials(state.ACCESS_KEY, state.SECRET_KEY)
    return found


def client(running: LocalState, service: str, config: Config = _CONFIG) -> Any:
    """A client of the local cloud, which calls it directly, never through a proxy. `sesv2` is the simulator."""
    return session().create_client(
        service,
        region_name=state.REGION,
        endpoint_url=running.simulator if service == "sesv2" else running.endpoint,
        verify=running.certificate or None,
        config=config.merge(_NO_PROXIES),
    )


def access(running: LocalState) -> SignedAccess:
    """Calls of the local cloud without the SDK's clients."""
    return access_at(running.endpoint, session(), state.REGION, trusted=running.certificate)


def environment(running: LocalState) -> dict[str, str]:
    """Variables that lead the AWS SDKs and the AWS CLI here. SES's calls go to the simulator."""
    return {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ENDPOINT_URL_SESV2": running.simulator,
        "AWS_CA_BUNDLE": running.certificate,
        "AWS_REGION": state.REGION,
        "AWS_DEFAULT_REGION": state.REGION,
        "AWS_ACCESS_KEY_ID": state.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": state.SECRET_KEY,
        **loopback_exceptions(os.environ),
    }
