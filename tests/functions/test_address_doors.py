"""One address, one key, at every door: what an application queues and checks, an operator names, and SES reports."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ses_stack.errors import AddressError, RecordError
from ses_stack.history.adapters import events as ses_events
from ses_stack.history.lookup import EventPage, recipient_history
from ses_stack.mail.mailboxes import mailbox
from ses_stack.requests.documents import complete_document, to_document
from ses_stack.requests.validation import validated
from ses_stack.suppression import manual
from ses_stack.suppression.account.account_compare import compare
from ses_stack.suppression.account.account_list import ListedAddress
from ses_stack.suppression.adapters import feedback as ses_feedback
from ses_stack.suppression.check import check
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.feedback import facts_of
from ses_stack.suppression.files.row_facts import ImportDefaults, ImportEntry, entries
from ses_stack.suppression.files.rows import ListFile
from tests.support import payloads
from tests.support.suppression_facts import NOW, at
from tests.support.suppression_fakes import MemoryAccountList, MemoryTable, both_lists, context_of

ANN, MUNICH = "ann@example.com", "ann@xn--mnchen-3ya.example"
# Each door takes some spellings and refuses others: the Mailer is stricter than an event. No door makes another key.
SPELLINGS = {
    "ann@example.com": ANN,
    "ANN@Example.COM": ANN,
    "ann@example.com.": ANN,
    "ann@example。com": ANN,
    "ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ": ANN,
    "an\u00adn@exam\u00adple.com\u200b": ANN,
    "\ufeffann@example.com\u2060": ANN,
    " ann@example.com\u00a0": ANN,
    "Ann <ann@example.com>": ANN,
    '"Lee, Ann" <ann@example.com>': ANN,
    "Lee, Ann <ann@example.com>": ANN,
    "Ann [x] <ann@example.com>": ANN,
    'User Name "User Name <ann@example.com>': ANN,
    "boss＠bank.example <ann@example.com>": ANN,
    "ann@example.com (Ann)": ANN,
    "rfc822; ann@example.com": ANN,
    "\u201cann@example.com\u201d": ANN,
    '"ann"@example.com': ANN,
    r'"\a\n\n"@example.com': ANN,
    "=?utf-8?q?ann=40example.com?=": ANN,
    "ann@münchen.example": MUNICH,
    "ANN@MÜNCHEN.example": MUNICH,
    "Ann <ann@mu\u0308nchen.example.>": MUNICH,
    "ann@XN--MNCHEN-3YA.example": MUNICH,
}
NO_ADDRESSES = [
    "",
    "user",
    "undisclosed-recipients:;",
    "group: ann@example.com;",
    "ann@example.com, ben@example.com",
    "ann@example.com\nben@example.com",
    "ann@example.com\u201d",
    "\u3008ann@example.com\u3009",
    "<ann@example.com>@evil.example",
    '"<ann@example.com>"@evil.example',
    "ann@straße.example",
    "ann@\u05d0a.example",
    "ann@my\u2011shop.example",
    "ann%40example.com",
    "ann@example.com\x00",
    "ann@example.com\ud800",
    "=?utf-8?q?ann?=@example.com",
    f"{'x' * 320}@example.com",
    f"ann@{'x' * 64}.com",
]


class Asked:
    """A table that only remembers which keys are looked up."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, Any]:
        self.keys += recipients
        return {}

    def of_recipient(self, recipient: str, **_: Any) -> EventPage:
        self.keys.append(recipient)
        return EventPage((), None)


def mailer(text: str) -> str:
    fields = {"stream": "marketing", "from": "shop@example.com", "to": text, "subject": "Hi", "text": "Hello"}
    request = validated(complete_document(fields, lambda: "r1"))
    again = validated(json.loads(json.dumps(to_document(request))))
    assert again == request
    assert again.to[0].address.isascii()
    return again.to[0].key


def checked(text: str) -> str:
    asked = Asked()
    check(asked, [text], stream="marketing", topic=None, now=NOW, until=0)
    return asked.keys[0]


def looked_up(text: str) -> str:
    asked = Asked()
    recipient_history(asked, text, limit=1, page=None)  # type: ignore[arg-type]
    return asked.keys[0]


def explained(text: str) -> str:
    table = MemoryTable()
    asked: list[str] = []
    read = table.read

    def spy(recipients: Iterable[str], **more: Any) -> Any:
        asked.extend(recipients)
        return read(asked, **more)

    table.read = spy  # type: ignore[assignment,method-assign]
    manual.state_of(context_of(table), text)
    return asked[0]


def added(text: str) -> str:
    """`suppression add`: the key, and SES's list has the same address."""
    table, account = MemoryTable(), MemoryAccountList()
    change = manual.ManualChange(scope="*", by="op")
    address = mailbox(text).address
    manual.add(both_lists(table, account), address, change, reason=Reason.MANUAL, sync_account_list=True)
    (key,), (listed,) = table.facts, account.listed
    assert checked(listed) == key
    return key


def removed(text: str) -> str:
    lists = both_lists(MemoryTable(), MemoryAccountList())
    return manual.remove(lists, text, manual.ManualChange(scope="*", by="op")).recipient


def imported(text: str) -> str:
    file = ListFile(io.BytesIO(json.dumps({"address": text, "reason": "bounce"}).encode()))
    defaults = ImportDefaults(scope="*", reason=None, time=at(), by="op", now=NOW)
    (entry,) = entries(file, defaults)
    if not isinstance(entry, ImportEntry):
        raise ValueError(entry)
    return entry.fact.recipient


def compared(text: str) -> str:
    """An entry of SES's list."""
    listed = ListedAddress(address=text, reason="BOUNCE", time=at())
    difference = compare(both_lists(MemoryTable(), MemoryAccountList()), [], [listed], by="op")
    if difference.not_addresses:
        raise ValueError(difference)
    return difference.only_there[0].recipient


def event(kind: str, text: str, destination: list[str]) -> str:
    entry = {"emailAddress": text, "status": "5.1.1"}
    named = {
        "bounce": {"bouncedRecipients": [entry]},
        "complaint": {"complainedRecipients": [entry]},
        "delivery_delay": {"delayedRecipients": [entry]},
        "delivery": {"recipients": [text]},
    }
    return payloads.body(payloads.EVERY[kind](mail={"destination": destination}, **named.get(kind, {})))


def in_history(kind: str, destination: list[str] | None = None) -> Callable[[str], str]:
    def key(text: str) -> str:
        parsed = ses_events.parse(event(kind, text, destination or [text]), stack="ses-stack")
        if parsed.unreadable:
            raise parsed.unreadable
        (found,) = parsed.events
        assert found.recipient
        return found.recipient

    return key


def in_suppression(kind: str, destination: list[str] | None = None) -> Callable[[str], str]:
    def key(text: str) -> str:
        feedback = ses_feedback.parse(event(kind, text, destination or [text]))
        assert feedback
        if feedback.unreadable:
            raise feedback.unreadable
        (recipient,) = {fact.recipient for fact in facts_of(feedback)}
        return recipient

    return key


TWO = ["cy@example.com", "di@example.com"]
DOORS: dict[str, Callable[[str], str]] = {
    "mailer": mailer,
    "check": checked,
    "recipient": looked_up,
    "get": explained,
    "add": added,
    "remove": removed,
    "import": imported,
    "SES's list": compared,
    **{f"{kind} in history": in_history(kind) for kind in payloads.EVERY},
    **{f"{kind} in suppression": in_suppression(kind) for kind in ("bounce", "complaint", "delivery", "subscription")},
    **{f"{kind} of two in history": in_history(kind, TWO) for kind in ("bounce", "complaint", "delivery")},
    **{f"{kind} of two in suppression": in_suppression(kind, TWO) for kind in ("bounce", "complaint", "delivery")},
}
# These put an address into a message or a list.
STRICT = {"mailer", "add", "import"}
EVERYDAY = {"ANN@Example.COM", "ann@example。com", "Ann <ann@example.com>", "ann@münchen.example"}


def key_at(door: str, text: str) -> str | None:
    """The key that a door makes; None if it refuses the text."""
    try:
        return DOORS[door](text)
    except UnicodeError:
        raise  # a fault, and no refusal
    except (AddressError, RecordError, ValueError):
        return None


@pytest.mark.parametrize("door", DOORS)
def test_every_door_makes_the_same_key_or_refuses(door: str) -> None:
    keys = {spelling: key_at(door, spelling) for spelling in SPELLINGS}
    refused = {spelling for spelling, key in keys.items() if key is None}

    assert {spelling: key for spelling, key in keys.items() if key} == {
        spelling: key for spelling, key in SPELLINGS.items() if spelling not in refused
    }
    assert not refused or door in STRICT
    assert not refused & EVERYDAY


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_address_passes_no_door(door: str) -> None:
    assert {text: key for text in NO_ADDRESSES if (key := key_at(door, text))} == {}
