"""SES through a client of the SDK.

For the command line: boto3 supports every credential provider, proxy and endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from ses_stack.aws.connections import Unanswered
from ses_stack.aws.json_api import Answer
from ses_stack.aws.sdk_calls import answer_of_client_error


class SdkSes:
    """SES as `ses_api.SesCalls`, called through a boto3 client, whose timeouts and retries hold. Safe for threads."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Answer | Unanswered:
        """Calls SES with the parameters of its API. Times in the answer are the epoch's seconds, as SES sends them."""
        try:
            document = getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            return answer_of_client_error(error)
        except BotoCoreError as error:
            return Unanswered(cause=type(error).__name__, sent=True)
        return Answer(200, _plain(document))


def _plain(value: Any) -> Any:
    """The SDK's value as JSON has it."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value
