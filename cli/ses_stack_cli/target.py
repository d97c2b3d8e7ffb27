"""Which stack a command works on: a deployed one, or the local cloud.

Needs botocore and no other package, so that scripts/ can use this module too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from ses_stack.errors import SesStackError
from ses_stack_cli.local import clients, state
from ses_stack_cli.signed import SignedAccess, access_of
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.stack_outputs import stack_outputs

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
    # The way to call the services without clients. None: there are clients only.
    signed: SignedAccess | None = field(default=None, repr=False)

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
    session = Session(profile=profile)
    region = region or os.environ.get("AWS_REGION") or session.get_config_variable("region")

    def client(service: str) -> Any:
        try:
            return session.create_client(service, region_name=region, config=_CLIENT_CONFIG)
        except ValueError as error:
            raise TargetError(
                f"the endpoint of {service}, in AWS_ENDPOINT_URL or endpoint_url, is no URL: {error}"
            ) from None

    missing = f"there is no stack {stack_name} in {region}: check --stack-name, --region and --profile"
    signed = access_of(session, region)
    _check_certificates(signed.trusted)
    return _target(stack_name, client, signed, missing=missing)


def _check_certificates(file: str | None) -> None:
    """Names the file, which the errors of TLS do not."""
    try:
        problem = "" if not file or b"-----BEGIN" in Path(file).read_bytes() else "there is no certificate in it"
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise TargetError(f"the CA certificates of AWS_CA_BUNDLE or ca_bundle, {file}, cannot be read: {problem}")


def _local() -> Target:
    running = _running()

    def client(service: str) -> Any:
        return clients.client(running, service, _CLIENT_CONFIG)

    missing = "the local cloud runs, but nothing is deployed: `ses-stack local up`"
    return _target(running.stack, client, clients.access(running), missing=missing)


def _running() -> state.LocalState:
    running = state.load()
    if running is None or not running.alive():
        raise TargetError(
            "no local cloud is running: start it with `ses-stack local up`, or name a deployed stack with --stack-name"
        )
    return running


def _target(stack: str, client: Callable[[str], Any], signed: SignedAccess, *, missing: str) -> Target:
    outputs = stack_outputs(signed, stack)
    if outputs is None:
        outputs = _described(client("cloudformation"), stack, missing=missing)
    return Target(stack=stack, outputs=outputs, client=client, signed=signed)


def _described(cloudformation: Any, stack: str, *, missing: str) -> dict[str, str]:
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise TargetError(missing) from None
        raise
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
