"""SES's configuration sets and their switches for sending.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.ses_api import SesCalls
from ses_stack.aws.threads import Threads
from ses_stack.mail.streams import configuration_set_of

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SesConfigurationSets:
    """The configuration sets of an account in one region, through boto3, for commands. Its errors pass through."""

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def is_sending(self, name: str) -> bool:
        """Whether SES accepts mail through the configuration set."""
        return _is_sending(self._client.get_configuration_set(ConfigurationSetName=name))

    def set_sending(self, name: str, sending: bool) -> None:
        """Turns sending through the configuration set on or off."""
        self._client.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=sending)


class SesStreamSwitches:
    """The configuration sets of a stack's streams, for its workers."""

    def __init__(self, calls: SesCalls, *, stack: str, threads: Threads) -> None:
        self._calls = calls
        self._stack = stack
        self._threads = threads

    async def is_sending(self, stream: str) -> bool | None:
        """Whether SES accepts mail through the stream's configuration set; None if SES does not answer."""
        parameters = {"ConfigurationSetName": configuration_set_of(stream, self._stack)}
        answer = await self._threads(self._calls.call, "GetConfigurationSet", parameters)
        return None if isinstance(answer, Unanswered) or answer.error else _is_sending(answer.document)


def _is_sending(configuration_set: Mapping[str, Any]) -> bool:
    return bool((configuration_set.get("SendingOptions") or {}).get("SendingEnabled", True))
