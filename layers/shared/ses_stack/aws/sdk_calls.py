"""JSON calls through a client of the SDK.

For applications, which bring their own boto3 client. The SDK takes more processor time for a call than
`json_api.Service` does, and supports every credential provider, proxy and endpoint.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.aws.json_api import PARALLEL_CALLS, Answer


class SdkCalls:
    """An AWS service as `json_api.Calls`, called through a boto3 client. Safe for threads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(PARALLEL_CALLS, thread_name_prefix="sdk-call")

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:  # noqa: ARG002
        """Calls once with each body, several at a time; gives the answers in the order of the bodies.

        None stands for a call without an answer. The client's own timeouts and retries hold, not `until`.
        Binary values in answers are bytes.
        Raises `BotoCoreError` if the SDK cannot make the call, because there are no credentials for instance.
        """
        return self._threads.map(partial(self._call, operation), bodies)

    def _call(self, operation: str, body: bytes) -> Answer | None:
        try:
            document = getattr(self._client, xform_name(operation))(**json.loads(body, object_hook=sdk_value))
        except (NetworkError, HTTPClientError):
            return None
        except ClientError as error:
            return answer_of_client_error(error)
        return Answer(200, document, _was_resent(document))


def answer_of_client_error(error: ClientError) -> Answer:
    """The service's error, as the service sent it."""
    response: dict[str, Any] = dict(error.response)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    details = {"__type": response["Error"].get("Code", ""), "message": response["Error"].get("Message", "")}
    return Answer(status, response | details, _was_resent(response))


def _was_resent(response: dict[str, Any]) -> bool:
    """Whether the SDK made the call more than once."""
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))


def sdk_value(value: dict[str, Any]) -> dict[str, Any]:
    """A value of DynamoDB as the SDK has it: binary values are bytes; in JSON they are base64."""
    return {"B": b64decode(value["B"])} if value.keys() == {"B"} and isinstance(value["B"], str) else value
