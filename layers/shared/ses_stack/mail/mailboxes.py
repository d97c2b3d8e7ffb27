"""Mailboxes: an address with or without a display name, parsed strictly.

The parser refuses an address that SES cannot deliver to, text that two programs could read as different addresses, and
a display name that shows another address, whichever characters it is written in.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email.header import Header

from ses_stack.mail.addresses import address_key
from ses_stack.mail.characters import compatible, trimmed, without_invisible
from ses_stack.mail.domains import ascii_domain, is_ambiguous

LONGEST_ADDRESS = 320
_LONGEST_LOCAL, _LONGEST_DOMAIN, _LONGEST_NAME = 64, 253, 256
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_NAME_AND_ADDRESS = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^"<>]*))<(?P<address>[^<>]*)>', re.DOTALL
)
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
# In a name without quotes, these characters would begin another address, a comment or an escape.
_SEPARATORS = re.compile(r"[,;:()\[\]\\]")
# Overrides, embeddings and isolates of the writing direction make a text look like another text.
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it. A domain outside ASCII is held in punycode."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """The form in a send request: `Ann Berg <ann@example.com>`."""
        if not self.name:
            return self.address
        return f"{_quoted(self.name)} <{self.address}>"

    @property
    def header(self) -> str:
        """The form for a mail header and SES's API: ASCII, with a name outside ASCII in encoded words (RFC 2047)."""
        if self.name.isascii():
            return str(self)
        return f"{encoded_words(self.name)} <{self.address}>"

    @property
    def key(self) -> str:
        """The form in which addresses are compared."""
        return address_key(self.address)


def encoded_words(text: str) -> str:
    """The form of a text in a mail header: text outside ASCII as encoded words, without line breaks between them.

    https://www.rfc-editor.org/rfc/rfc2047
    """
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=75).encode(linesep="")


def mailbox(text: str) -> Mailbox:
    """Parses `ann@example.com`, `Ann <ann@example.com>` or `"Berg, Ann" <ann@example.com>`.

    Raises `ValueError` with the problem. The error never repeats the text, because it may go to a log.
    """
    if _has_control(text):
        raise ValueError("holds a line break or another control character")
    if "<" not in text and ">" not in text:
        return Mailbox(_address(text))
    if not (match := _NAME_AND_ADDRESS.fullmatch(trimmed(text))):
        raise ValueError('is neither an address nor `Name <address>`, with the name in "quotes" if it holds < > or "')
    quoted, plain = match["quoted"], match["plain"]
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
    address = _address(match["address"])
    return Mailbox(address, _name(" ".join(name.split()), address, quoted=quoted is not None))


def is_deliverable(address: str) -> bool:
    """Whether SES sends to an address. An event may name one to which the receiving server forwarded the message."""
    try:
        return mailbox(address).address == address
    except ValueError:
        return False


def _address(text: str) -> str:
    if _DIRECTION_CONTROLS.search(text):
        raise ValueError("has an address that changes the direction of writing")
    text = without_invisible(text).strip()
    if not text:
        raise ValueError("has no address")
    local, at, domain = text.rpartition("@")
    if not at or not local:
        raise ValueError("has no name before an @" if at else "has no @")
    if not local.isascii():
        raise ValueError("has a character outside ASCII before the @, which SES cannot send to")
    if "=?" in local:
        raise ValueError("has an encoded word before the @, which some programs decode to another address")
    if not _LOCAL.fullmatch(local) or len(local) > _LONGEST_LOCAL:
        raise ValueError("has a part before the @ that is not an address's: letters, digits, single dots, 64 at most")
    return f"{local}@{_domain(domain)}"


def _domain(text: str) -> str:
    domain = ascii_domain(text)
    if is_ambiguous(domain):
        raise ValueError("has a domain that old and new rules read differently: write it in punycode (xn--...)")
    if not domain.isascii():
        raise ValueError("has a domain that cannot be written in punycode")
    if not _DOMAIN.fullmatch(domain) or len(domain) > _LONGEST_DOMAIN:
        raise ValueError("has a part after the @ that is not a domain name such as example.com")
    return domain


def _name(name: str, address: str, *, quoted: bool) -> str:
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"has a display name of more than {_LONGEST_NAME} characters")
    if "=?" in name:
        raise ValueError("has a display name in encoded words: write it plainly, it is encoded when it is sent")
    if _DIRECTION_CONTROLS.search(name):
        raise ValueError("has a display name that changes the direction of writing")
    if "@" in (plain := compatible(name)) and not _is_the_address(plain, address):
        raise ValueError("has a display name that looks like another address")
    if not quoted and _SEPARATORS.search(name):
        raise ValueError('has a display name with one of , ; : ( ) [ ] or a backslash: put it in "quotes"')
    return name


def _is_the_address(name: str, address: str) -> bool:
    """Whether a display name is the very address that it is shown with."""
    local, _, domain = name.rpartition("@")
    return f"{local}@{ascii_domain(domain)}".lower() == address.lower()


def _quoted(name: str) -> str:
    if not _SPECIALS.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _has_control(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)
