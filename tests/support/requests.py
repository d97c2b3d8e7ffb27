"""Documents of send requests."""

from __future__ import annotations

import base64
from typing import Any

PLAIN: dict[str, Any] = {
    "v": 1,
    "request_id": "r-1",
    "stream": "marketing",
    "from": "a@x.org",
    "to": ["b@x.org"],
    "subject": "Hello",
    "text": "Hello",
}
TEMPLATED: dict[str, Any] = {
    "v": 1,
    "request_id": "r_2",
    "stream": "transactional",
    "from": '"Berg, Ann" <a@x.org>',
    "to": ["Bob <b@x.org>"],
    "template": "welcome",
    "data": {"name": "Bob", "items": [1, 2.5, None, True, {"deep": "ünï"}]},
}
FULL: dict[str, Any] = PLAIN | {
    "to": ["b@x.org", "Cä <c@münchen.de>"],
    "cc": ["d@x.org"],
    "bcc": ["e@x.org"],
    "reply_to": ["f@x.org"],
    "html": "<p>Hello</p>",
    "attachments": [
        {"filename": "a b.pdf", "content_type": "application/pdf", "content": base64.b64encode(b"%PDF").decode()},
        {
            "filename": "l.png",
            "content_type": "image/png; name=l",
            "disposition": "inline",
            "content_id": "logo",
            "content": "AA==",
        },
        {"filename": "big.zip", "bucket": "my-bucket", "key": "attachments/ä", "size": 12},
        {"filename": "big.zip", "bucket": "my-bucket", "key": "attachments/b"},
    ],
    "headers": {"X-Entity-Ref-ID": "1", "In-Reply-To": "<1@x.org>"},
    "tags": {"campaign": "may-2027", "A_b": "1"},
    "topic": "news",
    "tenant": "acme",
    "not_before": "2027-05-01T10:00:00+02:00",
    "expires_at": "2027-05-01T08:00:00.5Z",
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in PLAIN.items() if name not in names}


def attached(**fields: Any) -> dict[str, Any]:
    return PLAIN | {"attachments": [{"filename": "a", "content": "AA=="} | fields]}
