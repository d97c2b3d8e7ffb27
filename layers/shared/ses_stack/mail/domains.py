"""Domains in one spelling: punycode for the domains outside ASCII, because SES takes no others.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
"""

from __future__ import annotations

from ses_stack.mail.characters import compatible, has_punctuation

# IDNA 2003 replaces these four characters and IDNA 2008 keeps them: one text is two domains.
_IDNA_DEVIATIONS = frozenset("ßς\u200c\u200d")
# IDNA reads the ideographic full stop (and its half-width form, which NFKC turns into it) as a dot.
_IDEOGRAPHIC_FULL_STOP = "\u3002"


def ascii_domain(domain: str) -> str:
    """The domain in ASCII, without the dot of the root: `münchen.example.` gives `xn--mnchen-3ya.example`.

    The case of an ASCII domain is unchanged. A domain that has no single form in ASCII is returned in lower case, so
    that it can still be compared: see `is_ambiguous`. IDNA 2003 would encode a quotation mark and a long dash, too:
    they are no part of a domain, but of a text around it.
    """
    if domain.isascii():
        return domain.removesuffix(".")
    plain = compatible(domain).replace(_IDEOGRAPHIC_FULL_STOP, ".").removesuffix(".")
    lower = compatible("".join(map(str.lower, plain)))  # by character: at a word's end, Σ would become ς
    if is_ambiguous(lower) or has_punctuation(lower):
        return lower
    try:
        return lower.encode("idna").decode("ascii")
    except UnicodeError:
        return lower


def is_ambiguous(domain: str) -> bool:
    """Whether old and new rules (IDNA 2003, 2008) read a domain differently. Then only its owner knows which it is."""
    return not domain.isascii() and not _IDNA_DEVIATIONS.isdisjoint(domain.lower())
