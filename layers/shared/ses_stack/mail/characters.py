"""Characters that look like others or like nothing: an address and a name are compared without them.

NFKC and invisible characters: https://www.unicode.org/reports/tr15/ and https://www.unicode.org/reports/tr44/
"""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point without the two joiners: soft hyphen, zero-width space, word joiner, byte order
# mark, direction marks, variation selectors, ... They come with text that is copied from a page or a spreadsheet.
_INVISIBLE_CHARACTERS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_INVISIBLE_CHARACTERS}]")
_NOTHING_TO_SEE = re.compile(rf"[\s{_INVISIBLE_CHARACTERS}\u200c\u200d]*")
# The middle dots of Catalan and Japanese, and Hebrew's two signs.
_PUNCTUATION_IN_WORDS = frozenset("\u00b7\u30fb\u05f3\u05f4")
# The joiners (U+200C, U+200D) have a meaning between two letters of some scripts, but none beside an ASCII character.
_USELESS_JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")


def without_invisible(text: str) -> str:
    """The text without invisible characters. A joiner between two characters outside ASCII is kept."""
    return text if text.isascii() else _USELESS_JOINERS.sub("", _INVISIBLE.sub("", text))


def trimmed(text: str) -> str:
    """The text without spaces and invisible characters at its ends."""
    text = text[_length_of_nothing(text) :]
    return text[: len(text) - _length_of_nothing(text[::-1])]


def compatible(text: str) -> str:
    """The text in Unicode's form NFKC, without invisible characters: full-width letters become ordinary ones."""
    if text.isascii():
        return text
    visible = without_invisible(unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFKC", visible)


def has_punctuation(text: str) -> bool:
    """Whether the text has punctuation outside ASCII: quotation marks, brackets and dashes stand around words.

    The exceptions are those of domains in IDNA 2008: https://www.rfc-editor.org/rfc/rfc5892#appendix-A
    """
    return not text.isascii() and any(
        not char.isascii() and unicodedata.category(char).startswith("P") and char not in _PUNCTUATION_IN_WORDS
        for char in text
    )


def _length_of_nothing(text: str) -> int:
    match = _NOTHING_TO_SEE.match(text)
    return match.end() if match else 0
