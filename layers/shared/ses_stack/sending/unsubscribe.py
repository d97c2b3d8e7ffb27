"""One-click unsubscribe headers for marketing mail.

https://www.rfc-editor.org/rfc/rfc8058
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

STREAM = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Either a URL with {recipient}, {topic}, {stream} and {request_id} in it, or the name of an SES contact list."""

    url: str = ""
    contact_list: str = ""

    def headers(self, *, stream: str, recipient: str, topic: str | None, request_id: str) -> Mapping[str, str]:
        """The headers for one message; empty for other streams, and if SES writes them because of a contact list."""
        if stream != STREAM or not self.url or self.contact_list:
            return {}
        values = {"recipient": recipient, "topic": topic or "", "stream": stream, "request_id": request_id}
        url = self.url
        for name, value in values.items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
