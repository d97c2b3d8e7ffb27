"""The bucket of large attachments."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ses_stack.errors import QueueingError
from ses_stack.requests.adapters.attachment_bucket import AttachmentBucket


def test_the_same_file_is_stored_once_an_hour() -> None:
    class S3:
        stored: list[str] = []  # noqa: RUF012

        def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803
            self.stored.append(Key)

    now = 0.0
    made: list[S3] = []

    def client() -> S3:
        made.append(S3())
        return made[0]

    bucket = AttachmentBucket(client, "b", clock=lambda: now, remembered=2)
    for moment in (0.0, 3599.0, 3600.0):
        now = moment
        assert bucket.put("k1", b"1") == "b"
    assert S3.stored == ["k1", "k1"]
    bucket.put("k2", b"1")
    bucket.put("k3", b"1")
    bucket.put("k1", b"1")
    assert S3.stored == ["k1", "k1", "k2", "k3", "k1"]
    assert len(made) == 1


def test_a_bucket_out_of_reach_is_an_error() -> None:
    class S3:
        def put_object(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="x")

    with pytest.raises(QueueingError, match="the attachment bucket cannot be reached"):
        AttachmentBucket(S3, "b").put("k", b"1")
