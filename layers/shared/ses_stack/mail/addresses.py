"""E-mail addresses: the one address in a text, the key by which it is stored and compared, and its mailbox provider.

`address_key` makes every key of an address: in the tables, in a request's duplicates, in what an operator looks up. All
spellings of one address have one key: `ANN@MÜNCHEN.example`, `ann@xn--mnchen-3ya.example`, `Ann <ann@münchen.example>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from ses_stack.errors import AddressError
from ses_stack.mail.characters import compatible, has_punctuation, without_invisible
from ses_stack.mail.domains import ascii_domain, is_ambiguous

# SES refuses a longer address, so no message can have had one as its recipient.
# https://github.com/zulip/zulip/issues/17558
LONGEST_KEY = 320
# Longer text is not searched for an address; this leaves room for a display name.
_LONGEST_TEXT = 2_000
# What nearly all addresses look like. The question mark is left out, because encoded words have it.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=^_`{|}~.-]+@(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_BRACKETED = re.compile(r"<([^<>]*)>")
# `<ann@example.com>@example.org` and `"<ann@example.com>"@example.org`: the brackets are in the part before an @.
_IN_LOCAL_PART = re.compile(r'(?:[^@]*")?\s*@')
# In notifications of delivery (RFC 3464) an address has its type before it: `rfc822; ann@example.com`.
_PREFIX = re.compile(r"(?:mailto:|smtp:|[a-z0-9-]+\s*;)\s*", re.IGNORECASE)
_COMMENT = re.compile(r"\s*\([^()]*\)$")
# Also the quotes that word processors and some languages use.
_CLOSING_QUOTES = {
    '"': '"',
    "'": "'",
    "\u201c": "\u201d",
    "\u201e": "\u201c",
    "\u2018": "\u2019",
    "\u201a": "\u2018",
    "\u00ab": "\u00bb",
    "\u2039": "\u203a",
}
_ATOM = r'[^\x00-\x20"(),:;<>@\[\\\]\x7f-\x9f\s\ud800-\udfff]'
_LABEL = r"[^\x00-\x2c./\x3a-\x40\x5b-\x5e\x60\x7b-\x9f\s\ud800-\udfff]{1,63}"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|\\[\x20-\x7e])+"'
# RFC 5321, section 4.1.3: a server's IP address instead of its domain.
_LITERAL = r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|(?i:ipv6):[0-9A-Fa-f:.]{2,45})\]"
_ADDRESS = re.compile(rf"(?:{_ATOM}+|{_QUOTED})@(?:{_LABEL}(?:\.{_LABEL})*|{_LITERAL})")
_QUOTED_LOCAL_PART = re.compile(_QUOTED)
_NEEDLESS_BACKSLASH = re.compile(r'\\([^"\\])')
_NEEDLESS_QUOTES = re.compile(rf'"({_ATOM}+)"')


def address_in(text: str) -> str | None:
    """The one address in a text, in its own case, its domain in ASCII; None if there is none, or no single one.

    It is the last `<...@...>`, else the whole text if that may be an address: one @, no spaces, something on both
    sides. SES's events have display names in many forms, and texts such as `undisclosed-recipients:;`.
    """
    address = _spelled(text)
    return address if address and address.rpartition("@")[2].isascii() else None


def bare(text: str) -> str:
    """The address in a text, as `address_in` finds it; the text without invisible characters if there is none."""
    return _spelled(text) or compatible(text).strip()


def address_key(text: str) -> str:
    """The form in which addresses are stored and compared. Any text has one; an address in ASCII is in lower case."""
    return key_of(bare(text))


def key_of(address: str) -> str:
    """The key of an address that `address_in` found."""
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    folded = compatible(compatible(local.casefold()).casefold())
    return f"{folded}{at}{ascii_domain(domain).lower()}"


def checked_key(text: object, field: str) -> str:
    """The key of an address that a person or an application names.

    Raises `AddressError`, which names the field and not the address, if it is no address, or may be two.
    """
    address = _spelled(text) if isinstance(text, str) else None
    if address is None:
        raise AddressError(f"{field} is not an e-mail address")
    domain = address.rpartition("@")[2]
    if is_ambiguous(domain):
        raise AddressError(
            f"{field} has a domain that old and new rules read differently: write it in punycode (xn--...)"
        )
    if not domain.isascii():
        raise AddressError(f"{field} has a domain that cannot be written in punycode")
    return key_of(address)


def provider_of(address: str) -> str:
    """The mailbox provider behind an address: `gmail`, `outlook`, `yahoo`, `icloud`, ..., or `other`."""
    domain = address.rpartition("@")[2].lower()
    if provider := _PROVIDER_BY_DOMAIN.get(domain):
        return provider
    country = _COUNTRY_DOMAIN.fullmatch(domain)
    return _PROVIDER_BY_NAME.get(country[1], OTHER_PROVIDER) if country else OTHER_PROVIDER


def _spelled(text: str) -> str | None:
    """As `address_in`. A domain that has no form in ASCII is left as it is, so that it can still be compared."""
    if _PLAIN.fullmatch(text) and len(text) <= LONGEST_KEY:
        return text
    if len(text) > _LONGEST_TEXT:
        return None
    return next(filter(None, map(_single, _candidates(text))), None)


def _candidates(text: str) -> Iterator[str]:
    """Parts of a text that may be its address, the likelier first; none after the last `<...@...>`."""
    visible = without_invisible(text)
    if (found := _bracketed(visible)) is not None:
        yield found
        return
    plain = compatible(visible)
    yield plain if (found := _bracketed(plain)) is None else found
    if "=?" in plain:
        decoded = compatible(_decoded(plain))
        yield decoded if (found := _bracketed(decoded)) is None else found


def _bracketed(text: str) -> str | None:
    """What the last `<...@...>` encloses; an empty text if the brackets belong to the part before an @."""
    for match in reversed(list(_BRACKETED.finditer(text))):
        if "@" in match[1]:
            return "" if _IN_LOCAL_PART.match(text, match.end()) else match[1]
    return None


def _single(text: str) -> str | None:
    """The address that a text is, apart from quotes, a comment or a type around it."""
    text = _COMMENT.sub("", compatible(text).strip())
    text = _without_quotes(text[match.end() :] if (match := _PREFIX.match(text)) else text)
    local, _, domain = text.rpartition("@")
    if "=?" in local:
        return None  # an encoded word, which an address cannot have (RFC 2047)
    address = f"{_local_part(local)}@{ascii_domain(domain)}"
    if has_punctuation(address) or len(address) > LONGEST_KEY:
        return None
    return address if _ADDRESS.fullmatch(address) else None


def _local_part(text: str) -> str:
    """Without the backslashes and quotes that change nothing (RFC 5322, section 3.4.1)."""
    if not _QUOTED_LOCAL_PART.fullmatch(text):
        return text
    return _NEEDLESS_QUOTES.sub(r"\1", _NEEDLESS_BACKSLASH.sub(r"\1", text))


def _without_quotes(text: str) -> str:
    while len(text) > 1 and _CLOSING_QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


# The provider of the mailbox simulator's addresses: their mail is a test, and never counts.
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
SIMULATOR = "simulator"
OTHER_PROVIDER = "other"
_COUNTRY_DOMAIN = re.compile(r"([a-z]+)\.(?:com|(?:com?\.)?[a-z]{2})")
# Providers that use one name under many country domains, such as hotmail.fr and yahoo.co.jp.
_PROVIDER_BY_NAME = {
    "hotmail": "outlook",
    "outlook": "outlook",
    "live": "outlook",
    "msn": "outlook",
    "yahoo": "yahoo",
    "ymail": "yahoo",
    "gmx": "gmx",
}
# Providers that use single domains.
_PROVIDER_BY_DOMAIN = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "passport.com": "outlook",
    "rocketmail.com": "yahoo",
    "aol.com": "yahoo",
    "aim.com": "yahoo",
    "icloud.com": "icloud",
    "me.com": "icloud",
    "mac.com": "icloud",
    "web.de": "gmx",
    "mail.com": "gmx",
    "proton.me": "proton",
    "protonmail.com": "proton",
    "pm.me": "proton",
    "comcast.net": "comcast",
    "orange.fr": "orange",
    "wanadoo.fr": "orange",
    "qq.com": "qq",
    "foxmail.com": "qq",
    "163.com": "netease",
    "126.com": "netease",
    "mail.ru": "mailru",
    "yandex.ru": "yandex",
    "yandex.com": "yandex",
    "naver.com": "naver",
    "simulator.amazonses.com": SIMULATOR,
}
# All values of `provider_of`.
PROVIDERS = frozenset({*_PROVIDER_BY_NAME.values(), *_PROVIDER_BY_DOMAIN.values(), OTHER_PROVIDER})
