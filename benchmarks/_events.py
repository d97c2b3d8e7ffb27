"""SES events for benchmarks: any number of them, in the mix of a usual day, no two the same.

They are made from the files in `events/`. Whatever differs between real events (ids, addresses, subjects, links, user
agents, servers' answers) is random in each, so that the events compress no better than in production.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

_EVENTS = Path(__file__).parent.parent / "events"
# Events per 100. Nearly every message is sent and delivered, half are opened, one in seven is clicked, few fail.
MIX = {
    "send": 36,
    "delivery": 34,
    "open": 17,
    "click": 5,
    "bounce": 3,
    "delivery_delay": 2,
    "subscription": 1,
    "complaint": 1,
    "reject": 0.5,
    "rendering_failure": 0.5,
}
_NAMES = "ada ben carla dmitri elena farid greta hiro ines jonas kavya liam maren nils olga pablo quinn rosa sven tariq"
_SURNAMES = "abbott bauer castillo dubois eriksen fischer garcia hughes ivanov jensen kowalski lopez moreau nakamura"
_DOMAINS = (
    "gmail.com gmail.com gmail.com outlook.com hotmail.com yahoo.com icloud.com web.de example.org mail.example.net"
)
_WORDS = (
    "your order has shipped invoice for november confirm the new address winter sale ends tonight three ideas weekend "
    "password reset code welcome to team weekly report ready review payment received appointment tomorrow at reminder"
)
_USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
)
_SMTP_RESPONSES = (
    "250 2.0.0 OK  {number} {token}-{short}si{number}.{short} - gsmtp",
    "250 2.6.0 <{token}@eu-west-1.amazonses.com> [InternalId={number}, Hostname=DB9P{short}.EURP192.PROD.OUTLOOK.COM] "
    "{number} bytes in 0.151, 80.220 KB/sec Queued mail for delivery",
    "250 ok dirdel",
    "250 2.0.0 Ok: queued as {token}",
)


class Events:
    """Makes EventBridge envelopes, each as the text of a queue message. The same seed makes the same envelopes."""

    def __init__(self, seed: int = 26) -> None:
        self._random = Random(seed)
        self._samples = {kind: _sample(kind) for kind in MIX}

    def take(self, count: int) -> list[str]:
        """The next `count` events, in the mix."""
        kinds = self._random.choices(list(MIX), list(MIX.values()), k=count)
        return [self.one(kind) for kind in kinds]

    def one(self, kind: str) -> str:
        """A new event of one kind."""
        return _replaced(self._samples[kind], self._changes(json.loads(self._samples[kind])))

    def _changes(self, envelope: dict[str, Any]) -> dict[str, str]:
        """The texts of the sample that differ in this event, each with its replacement."""
        record = envelope["detail"]
        mail = record["mail"]
        event: dict[str, Any] = next(value for name, value in record.items() if name not in {"eventType", "mail"})
        sent = self._instant()
        changes = self._message_changes(envelope, sent)
        changes |= self._event_changes(event, sent)
        changes |= self._header_changes(mail.get("headers", ()))
        return changes | self._tag_changes(mail["tags"])

    def _message_changes(self, envelope: dict[str, Any], sent: str) -> dict[str, str]:
        mail = envelope["detail"]["mail"]
        changes = {
            envelope["id"]: self._uuid(),
            mail["messageId"]: self._message_id(),
            mail["destination"][0]: self._address(),
            mail["timestamp"]: sent,
            "198.51.100.23": f"198.51.100.{self._random.randrange(256)}",
        }
        if "commonHeaders" in mail:
            changes[mail["commonHeaders"]["subject"]] = self._subject()
        return changes

    def _event_changes(self, event: dict[str, Any], sent: str) -> dict[str, str]:
        changes = {}
        if "timestamp" in event:
            changes[event["timestamp"]] = sent[:17] + self._instant()[17:]
        if "feedbackId" in event:
            changes[event["feedbackId"]] = self._message_id()
        if "smtpResponse" in event:
            changes[event["smtpResponse"]] = self._smtp_response()
        if "userAgent" in event and "ipAddress" in event:
            changes[event["userAgent"]] = self._random.choice(_USER_AGENTS)
        if "link" in event:
            changes[event["link"]] = f"{event['link']}&t={self._hex(self._random.choice((0, 12, 32)))}"
        return changes

    def _header_changes(self, headers: Iterable[dict[str, str]]) -> dict[str, str]:
        changes = {}
        for header in headers:
            if header["name"] == "List-Unsubscribe":
                changes[header["value"]] = f"<https://www.example.com/u/{self._hex(32)}>"
            if header["name"] == "Content-Type":
                boundary = header["value"].partition("_Part_")[2][:-1]
                changes[boundary] = f"{self._number()}_{self._number()}.1795{self._number()}"
        return changes

    def _tag_changes(self, tags: dict[str, list[str]]) -> dict[str, str]:
        names = [name for name in ("request_id", "campaign") if name in tags]
        return {tags[name][0]: f"{self._word()}-{self._hex(8)}" for name in names}

    def _subject(self) -> str:
        return " ".join(self._word() for _ in range(self._random.randint(3, 9))).capitalize()

    def _smtp_response(self) -> str:
        return self._random.choice(_SMTP_RESPONSES).format(
            number=self._number(), token=self._hex(12), short=self._hex(3)
        )

    def _address(self) -> str:
        name, surname = self._random.choice(_NAMES.split()), self._random.choice(_SURNAMES.split())
        return f"{name}.{surname}{self._random.randrange(100)}@{self._random.choice(_DOMAINS.split())}"

    def _instant(self) -> str:
        hour, minute, second = (self._random.randrange(limit) for limit in (24, 60, 60))
        return f"2026-11-24T{hour:02}:{minute:02}:{second:02}.{self._random.randrange(1000):03}Z"

    def _message_id(self) -> str:
        return f"0110019a{self._hex(8)}-{self._uuid()}-000000"

    def _uuid(self) -> str:
        return "-".join(self._hex(length) for length in (8, 4, 4, 4, 12))

    def _hex(self, length: int) -> str:
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def _word(self) -> str:
        return self._random.choice(_WORDS.split())

    def _number(self) -> str:
        return str(self._random.randrange(10**8, 10**9))


def _sample(kind: str) -> str:
    event = json.loads((_EVENTS / f"{kind}.json").read_text(encoding="utf-8"))
    return str(event["Records"][0]["body"])


def _replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    return text
