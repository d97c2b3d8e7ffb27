"""DynamoDB through boto3, for whoever is not a function: with whatever credentials a profile, a role or SSO gives."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NetworkError

from ses_stack.aws.json_api import Answer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARALLEL_CALLS = 8
# What botocore's own check accepts. It never leaves this machine: the prepared body does.
_EMPTY: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {"table": {"Keys": [{}]}}},
    "BatchWriteItem": {"RequestItems": {"table": [{}]}},
    "Query": {"TableName": "table"},
    "TransactWriteItems": {"TransactItems": [{}]},
    "UpdateItem": {"TableName": "table", "Key": {}},
}
_body: ContextVar[bytes | None] = ContextVar("body", default=None)


class BotoCalls:
    """What `aws_json.Service` is to a function. Only the five operations that SuppressionTable needs."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(PARALLEL_CALLS, thread_name_prefix="dynamodb")
        client.meta.events.register("before-call.dynamodb", _with_prepared_body)

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:  # noqa: ARG002
        """Calls once with each body, several at a time; gives the answers in the bodies' order.

        None stands for a call without an answer. How long one may take is the client's to say, not `until`'s.
        """
        under_way: deque[Future[Answer | None]] = deque()
        for body in bodies:
            if len(under_way) == PARALLEL_CALLS:
                yield under_way.popleft().result()
            under_way.append(self._threads.submit(self._call, operation, body))
        while under_way:
            yield under_way.popleft().result()

    def _call(self, operation: str, body: bytes) -> Answer | None:
        _body.set(body)
        try:
            return Answer(200, getattr(self._client, xform_name(operation))(**_EMPTY[operation]))
        except (NetworkError, HTTPClientError):
            return None
        except ClientError as error:
            told: Any = error.response
            status = told.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return Answer(status, {**told, "__type": told["Error"].get("Code", "")})
        finally:
            _body.set(None)


def _with_prepared_body(params: dict[str, Any], **_: object) -> None:
    """Puts our body into the request that botocore is about to sign and send: its own serializer is far slower."""
    if (body := _body.get()) is not None:
        params["body"] = body
