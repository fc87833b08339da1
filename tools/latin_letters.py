"""Writes `src/shop/domain/latin_letters.py` from AnyAscii: see CONTRIBUTING."""

import sys
import textwrap
import unicodedata
from importlib.metadata import version
from pathlib import Path
from typing import Final

from anyascii import anyascii

MODULE: Final = Path(__file__).parents[1] / "src/shop/domain/latin_letters.py"

_HEAD: Final = '''"""How Latin letters that Unicode does not decompose are spelled in ASCII.

Made by `python -m tools.latin_letters` from AnyAscii {version} and Unicode {unicode}: do not edit by hand.

AnyAscii is used under the ISC License, Copyright (c) 2020-2025, Hunter WB <hunterwb.com>:

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE.
"""
# ruff: noqa: RUF001 (letters that look like others are what this is about)

from typing import Final

_SPELLINGS: Final = """
{spellings}
"""

LATIN_LETTERS: Final = {{pair[0]: pair[1:] for pair in _SPELLINGS.split()}}
"""Lower-case letters and their spellings."""
'''


def spellings() -> dict[str, str]:
    """Return the ASCII spelling of each Latin letter that is left over when case and accents are taken away."""
    found = {}
    for code in range(0x80, sys.maxunicode + 1):
        for letter in _without_case_and_accents(chr(code)):
            if not letter.isascii() and unicodedata.name(letter, "").startswith("LATIN "):
                spelling = "".join(filter(str.isalpha, anyascii(letter).lower()))
                if letter.isalpha() and spelling:
                    found[letter] = spelling
    return dict(sorted(found.items()))


def source() -> str:
    """Return the module's text."""
    pairs = " ".join(f"{letter}{spelling}" for letter, spelling in spellings().items())
    return _HEAD.format(
        version=version("anyascii"),
        unicode=unicodedata.unidata_version,
        spellings=textwrap.fill(pairs, 110),
    )


def _without_case_and_accents(character: str) -> str:
    folded = unicodedata.normalize("NFKD", character).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


if __name__ == "__main__":
    sys.stdout.write(source())
