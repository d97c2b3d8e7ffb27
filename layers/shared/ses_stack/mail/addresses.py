"""E-mail addresses: the form in which they are compared, and their mailbox providers."""

from __future__ import annotations

import re
from email.utils import parseaddr


def bare(address: str) -> str:
    """The address without a display name or angle brackets, its case unchanged: `Ann <A@x.org>` gives `A@x.org`."""
    if "<" not in address:
        return address.strip()
    return parseaddr(address)[1] or address.strip()


def normalized(address: str) -> str:
    """The form in which addresses are stored and compared: bare, and in lower case."""
    return bare(address).lower()


def provider_of(address: str) -> str:
    """The mailbox provider behind an address: `gmail`, `outlook`, `yahoo`, `icloud`, ..., or `other`."""
    domain = address.rpartition("@")[2].lower()
    if provider := _PROVIDER_BY_DOMAIN.get(domain):
        return provider
    country = _COUNTRY_DOMAIN.fullmatch(domain)
    return _PROVIDER_BY_NAME.get(country[1], "other") if country else "other"


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
    "simulator.amazonses.com": "simulator",
}
