"""SES's configuration sets and their switches for sending, through boto3.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.aws.threads import Threads
from ses_stack.mail.streams import configuration_set_of

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SesConfigurationSets:
    """The configuration sets of an account in one region. The errors of boto3 pass through."""

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def is_sending(self, name: str) -> bool:
        """Whether SES accepts mail through the configuration set."""
        answer = self._client.get_configuration_set(ConfigurationSetName=name)
        return bool(answer.get("SendingOptions", {}).get("SendingEnabled", True))

    def set_sending(self, name: str, sending: bool) -> None:
        """Turns sending through the configuration set on or off."""
        self._client.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=sending)


class SesStreamSwitches:
    """The configuration sets of a stack's streams, for its workers."""

    def __init__(self, client: Callable[[], SESV2Client], *, stack: str, threads: Threads) -> None:
        self._client = client
        self._stack = stack
        self._threads = threads

    async def is_sending(self, stream: str) -> bool | None:
        """Whether SES accepts mail through the stream's configuration set; None if SES does not answer."""
        return await self._threads(self._is_sending, configuration_set_of(stream, self._stack))

    def _is_sending(self, name: str) -> bool | None:
        try:
            return SesConfigurationSets(self._client()).is_sending(name)
        except (ClientError, BotoCoreError):
            return None
