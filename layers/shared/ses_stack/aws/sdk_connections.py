"""Makes a boto3 client close pooled connections that lay idle too long, instead of using them again.

urllib3 asks each pooled connection whether it is still connected, and opens it again if it is not. botocore lets no
application choose the class of its connections, so the classes are put into the client's session. The layer pins
botocore and urllib3, and a test calls a real server through them.
https://urllib3.readthedocs.io/en/stable/reference/urllib3.connection.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool

from ses_stack.aws.idle import CLOCKS, LastUse


def drop_idle_connections(client: Any, clocks: Sequence[Callable[[], float]] = CLOCKS) -> None:
    """Makes a boto3 client that was not used yet drop connections that lay idle too long."""
    classes = _pool_classes(clocks)
    session = client._endpoint.http_session
    session._pool_classes_by_scheme = classes  # for connections through a proxy
    session._manager.pool_classes_by_scheme = classes


class _DropsIdle:
    """Mixed into a connection of botocore: lying idle too long counts as being disconnected."""

    last_use: LastUse

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.last_use.note()

    def getresponse(self) -> Any:
        response = super().getresponse()  # type: ignore[misc]
        self.last_use.note()
        return response

    @property
    def is_connected(self) -> bool:
        return bool(super().is_connected) and not self.last_use.is_too_old  # type: ignore[misc]


def _pool_classes(clocks: Sequence[Callable[[], float]]) -> dict[str, type]:
    class Connection(_DropsIdle, AWSHTTPConnection):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.last_use = LastUse(clocks)

    class SecureConnection(_DropsIdle, AWSHTTPSConnection):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.last_use = LastUse(clocks)

    class Pool(AWSHTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(AWSHTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
