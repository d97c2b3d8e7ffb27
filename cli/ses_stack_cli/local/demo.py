"""`ses-stack local demo`: a campaign through the deployed stack, and the proof that nothing of it was lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from botocore.exceptions import ClientError

from ses_stack.domain.events import EventType
from ses_stack.domain.streams import DEFAULT_STREAM, configuration_set_of

from . import cloud
from .campaign import MESSAGES, campaign, template
from .state import LocalState

_PATIENCE_SECONDS = 120
_TYPES = tuple(kind for kind in EventType if kind is not EventType.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of history, per event type: what the simulator's events make, and what the table has.

    `pending` events are still to be published.
    """

    published: Counter[str]
    stored: Counter[str]
    pending: int

    @property
    def complete(self) -> bool:
        """Whether all that was published is stored, and nothing else."""
        return self.pending == 0 and all(self.published[kind] == self.stored[kind] for kind in _TYPES)

    @property
    def every_type(self) -> bool:
        """Whether all ten types occurred."""
        return all(self.published[kind] > 0 for kind in _TYPES)


def send(running: LocalState, run: str, on_sent: Callable[[], None]) -> dict[str, str]:
    """Sends the campaign as an application would: SESv2 SendEmail, waiting where SES says that it is too fast.

    Gives the message id per first recipient.
    """
    ses = cloud.client(running, "sesv2")
    _create_template(ses)
    sent = {}
    for message in campaign(run):
        message["ConfigurationSetName"] = configuration_set_of(DEFAULT_STREAM, running.stack)
        sent[message["Destination"]["ToAddresses"][0]] = _send(ses, message)
        on_sent()
    return sent


def wait_until_stored(running: LocalState, run: str) -> Iterator[Count]:
    """Counts again and again until all that was published is stored, or for two minutes without any progress."""
    table = cloud.outputs(running)["EventTableName"]
    dynamodb = cloud.client(running, "dynamodb")
    last, since = -1, time.monotonic()
    while True:
        published = httpx.get(f"{running.simulator}/_simulator/ledger", params={"tag": f"campaign={run}"}).json()
        count = Count(Counter(published["rows"]), _stored(dynamodb, table, run), published["pending"])
        yield count
        if count.complete:
            return
        if count.stored.total() != last:
            last, since = count.stored.total(), time.monotonic()
        elif time.monotonic() - since > _PATIENCE_SECONDS:
            return
        time.sleep(0.5)


def run_name() -> str:
    """A name that tells this run from every other."""
    return f"demo-{uuid4().hex[:6]}"


def _create_template(ses: Any) -> None:
    try:
        ses.create_email_template(**template())
    except ses.exceptions.AlreadyExistsException:
        return


def _send(ses: Any, message: dict[str, Any]) -> str:
    while True:
        try:
            return str(ses.send_email(**message)["MessageId"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TooManyRequestsException":
                raise
            time.sleep(0.25)


def _stored(dynamodb: Any, table: str, run: str) -> Counter[str]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="contains(tags.campaign, :run)",
        ExpressionAttributeValues={":run": {"S": run}},
        ExpressionAttributeNames={"#type": "type"},
        ProjectionExpression="#type",
    )
    return Counter(item["type"]["S"] for page in pages for item in page["Items"])


__all__ = ["MESSAGES", "Count", "run_name", "send", "wait_until_stored"]
