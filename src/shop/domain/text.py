"""Text: tidied where it enters the shop, and folded where it is compared.

Everything here follows Unicode's character database in the standard library. Unicode promises never to change the
decomposition, case folding, category or name of a character that it has assigned, so folded text that is stored stays
right when Python is upgraded.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from shop.domain.latin_letters import LATIN_LETTERS

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LAYOUT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""All but tab, line feed and carriage return."""
_VISIBLE_CATEGORIES: Final = frozenset("LNPS")
"""Letters, numbers, punctuation, symbols. A combining mark alone shows nothing: it needs a base character."""
_INVISIBLE_NAME: Final = re.compile(r".* (?:FILLER|BLANK)")
"""Letters and symbols without a visible glyph, such as HANGUL FILLER and BRAILLE PATTERN BLANK."""


def composed(text: str) -> str:
    """Return the text in NFC: `é` is one character, however it was typed."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """Return the text in NFC, without surrounding white space: the form in which every text is stored and compared."""
    return composed(text).strip()


def one_line(text: str) -> str:
    """Return the tidy text without its control characters."""
    return tidy(_CONTROL.sub("", text))


def paragraphs(text: str) -> str:
    """Return the tidy text without control characters, except tabs and line breaks."""
    return tidy(_CONTROL_BUT_LAYOUT.sub("", text))


def has_control_characters(text: str) -> bool:
    """Return whether the text has a control character, line breaks included, or half of a surrogate pair."""
    return _CONTROL.search(text) is not None


def has_visible_text(text: str) -> bool:
    """Return whether a reader sees anything. White space, zero-width and other format characters show nothing."""
    return any(map(_is_visible, text))


def folded(text: str) -> str:
    """Return the text without case and accents: "Łódź Crème Ⅻ" becomes "lodz creme xii".

    Compatibility forms become plain characters. Latin letters that Unicode does not decompose are spelled in ASCII
    (ł l, ø o, æ ae, þ th). Marks and format characters are dropped. Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    # Case folding can produce marks (İ), so they are dropped last.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_spelled, decomposed))


@lru_cache(maxsize=4096)
def _is_visible(character: str) -> bool:
    if unicodedata.category(character)[0] not in _VISIBLE_CATEGORIES:
        return False
    return not _INVISIBLE_NAME.fullmatch(unicodedata.name(character, ""))


@lru_cache(maxsize=4096)
def _spelled(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return ""
    return LATIN_LETTERS.get(character, character)
