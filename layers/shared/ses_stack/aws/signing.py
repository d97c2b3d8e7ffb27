"""Signature Version 4, as AWS services check it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

# A process signs for three services; credentials and days change, and their old keys are of no use.
_SIGNING_KEYS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An access key. `token` is empty unless the key is a temporary one."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def signed_headers(
    credentials: Credentials,
    *,
    service: str,
    region: str,
    now: datetime,
    headers: Mapping[str, str],
    body: bytes,
    method: str = "POST",
    target: str = "/",
) -> dict[str, str]:
    """The headers of a request, with those that sign it. Names are lower case; `now` is in UTC.

    `target` is the path and the query as they are sent: percent-encoded, and the query's parameters sorted by name.
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "x-amz-date": moment}
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    names = ";".join(sorted(signed))
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{_hash(_canonical_request(method, target, signed, body))}"
    signature = _mac(_signing_key(credentials.secret, scope), text).hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _canonical_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """All services but S3 sign the path encoded twice."""
    path, _, query = target.partition("?")
    names = sorted(headers)
    lines = (f"{name}:{headers[name]}" for name in names)
    return "\n".join([method, quote(path, safe="/~"), query, *lines, "", ";".join(names), _hash(body)]).encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@lru_cache(_SIGNING_KEYS)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
