"""How a reader of marketing mail gets off the list with one click (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

STREAM = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Either a URL with {recipient}, {topic}, {stream} and {request_id} in it, or a contact list that SES manages."""

    url: str = ""
    contact_list: str = ""

    def headers(self, *, stream: str, recipient: str, topic: str | None, request_id: str) -> Mapping[str, str]:
        """The headers for one message; none where SES writes them, and none on mail that nobody subscribed to."""
        if stream != STREAM or not self.url or self.contact_list:
            return {}
        values = {"recipient": recipient, "topic": topic or "", "stream": stream, "request_id": request_id}
        url = self.url
        for name, value in values.items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
