"""Which stack a command works on: a deployed one, or the local cloud.

Needs boto3 and no other package, so that scripts/ can use this module too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from ses_stack.errors import SesStackError
from ses_stack_cli.local import clients, state
from ses_stack_cli.stack_options import StackOptions

_CLIENT_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=16
)


class TargetError(SesStackError):
    """No stack is named or running, the stack does not exist, or the stack is not a ses-stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stack, its CloudFormation outputs, and clients for the services of its account."""

    stack: str
    outputs: Mapping[str, str] = field(repr=False)
    client: Callable[[str], Any] = field(repr=False)
    # What `client` is made from. None: there are clients only.
    session: boto3.Session | None = field(default=None, repr=False)
    # A file of CA certificates, where the configuration names one.
    ca_bundle: str | None = None

    def output(self, name: str) -> str:
        """One of the stack's outputs. Raises `TargetError`."""
        if name not in self.outputs:
            raise TargetError(
                f"the stack {self.stack} has no output {name}: "
                "it is not a ses-stack, or an older one, or its deployment has not finished"
            )
        return self.outputs[name]


def connect(stack: StackOptions) -> Target:
    """Finds the named stack in AWS, or the local cloud where no stack is named.

    Raises `TargetError`, or an error of botocore.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    """
    if stack.stack_name:
        return _deployed(stack.stack_name, stack.profile, stack.region)
    if stack.profile or stack.region:
        raise TargetError("--profile and --region are for a deployed stack: they need --stack-name")
    return _local()


def _deployed(stack_name: str, profile: str | None, region: str | None) -> Target:
    core = botocore.session.Session(profile=profile)
    session = boto3.Session(botocore_session=core, region_name=region or os.environ.get("AWS_REGION"))

    def client(service: str) -> Any:
        return session.client(service, config=_CLIENT_CONFIG)  # type: ignore[call-overload]  # the name is not a literal

    missing = f"there is no stack {stack_name} in {session.region_name}: check --stack-name, --region and --profile"
    found = _target(stack_name, client, missing=missing)
    return replace(found, session=session, ca_bundle=core.get_config_variable("ca_bundle"))


def _local() -> Target:
    running = _running()

    def client(service: str) -> Any:
        return clients.client(running, service, _CLIENT_CONFIG)

    found = _target(
        running.stack, client, missing="the local cloud runs, but nothing is deployed: `ses-stack local up`"
    )
    return replace(found, session=clients.session(), ca_bundle=running.certificate or None)


def _running() -> state.LocalState:
    running = state.load()
    if running is None or not running.alive():
        raise TargetError(
            "no local cloud is running: start it with `ses-stack local up`, or name a deployed stack with --stack-name"
        )
    return running


def _target(stack: str, client: Callable[[str], Any], *, missing: str) -> Target:
    try:
        (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise TargetError(missing) from None
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
    return Target(stack=stack, outputs=outputs, client=client)
