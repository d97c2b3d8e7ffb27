"""SES's configuration sets and their switches for sending, through boto3.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutConfigurationSetSendingOptions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
