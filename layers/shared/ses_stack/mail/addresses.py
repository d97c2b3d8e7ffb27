"""E-mail addresses: what is compared, and who hosts them."""

from __future__ import annotations

import re
from email.utils import parseaddr


def bare(address: str) -> str:
    """The address without a display name or angle brackets, in its own case: `Ann <A@x.org>` gives `A@x.org`."""
    if "<" not in address:
        return address.strip()
    return parseaddr(address)[1] or address.strip()


def normalized(address: str) -> str:
    """The form under which an address is kept and compared: bare, and in lower case."""
    return bare(address).lower()


def provider_of(address: str) -> str:
    """The mailbox provider behind an address: `gmail`, `outlook`, `yahoo`, `icloud`, ..., or `other`."""
    domain = address.rpartition("@")[2].lower()
    if provider := _BY_DOMAIN.get(domain):
        return provider
    country = _COUNTRY_DOMAIN.fullmatch(domain)
    return _BY_NAME.get(country[1], "other") if country else "other"


_COUNTRY_DOMAIN = re.compile(r"([a-z]+)\.(?:com|(?:com?\.)?[a-z]{2})")
# Providers that own one name under many country domains (hotmail.fr, yahoo.co.jp) ...
_BY_NAME = {
    "hotmail": "outlook",
    "outlook": "outlook",
    "live": "outlook",
    "msn": "outlook",
    "yahoo": "yahoo",
    "ymail": "yahoo",
    "gmx": "gmx",
}
# ... and those that own single domains.
_BY_DOMAIN = {
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
