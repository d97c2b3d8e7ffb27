"""Opens and clicks: the mail clients that cause them, and the links that SES tracks."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape

_USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
_BOT_USER_AGENT = "Mozilla/5.0 (compatible; MailSecurityScanner/2.1)"
_SHARE_WITHOUT_BOT_GUESS = 0.2
_ANCHOR = re.compile(r"<a\s([^>]*)>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_LINK_TAGS = re.compile(r"""ses:tags\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MailClient:
    """The program that opened a message. `is_bot_event` is SES's guess: `Likely`, `Unlikely`, or None for no guess."""

    ip_address: str
    user_agent: str
    is_bot_event: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A tracked link and its tags."""

    url: str
    tags: Mapping[str, Sequence[str]] | None


def mail_client(rng: random.Random, *, bot: bool) -> MailClient:
    """A random mail client. SES's guess is missing for about a fifth of those that are no bots."""
    ip_address = f"203.0.113.{rng.randint(1, 254)}"
    user_agent = _BOT_USER_AGENT if bot else rng.choice(_USER_AGENTS)
    without_guess = rng.random() < _SHARE_WITHOUT_BOT_GUESS
    return MailClient(ip_address, user_agent, "Likely" if bot else None if without_guess else "Unlikely")


def tracked_links(html: str | None) -> list[Link]:
    """The links that SES tracks: http and https, not marked `ses:no-track`.

    https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html
    """
    links = []
    for anchor in _ANCHOR.findall(html or ""):
        href = _HREF.search(anchor)
        if href and href[1].startswith(("http://", "https://")) and "ses:no-track" not in anchor.lower():
            links.append(Link(unescape(href[1]), _link_tags(anchor)))
    return links


def clicked_link(html: str | None, rng: random.Random) -> Link:
    """One of the tracked links, or an invented one if there is none."""
    return rng.choice(tracked_links(html) or [Link("https://example.com/", None)])


def _link_tags(anchor: str) -> dict[str, list[str]] | None:
    found = _LINK_TAGS.search(anchor)
    pairs = [part.partition(":") for part in found[1].split(";") if ":" in part] if found else []
    return {name.strip(): [value.strip()] for name, _, value in pairs} or None
