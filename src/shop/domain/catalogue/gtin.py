"""Global Trade Item Numbers: the numbers in barcodes (GS1 General Specifications)."""

from typing import Final

_LENGTHS: Final = frozenset((8, 12, 13, 14))


def is_gtin(text: str) -> bool:
    """Return whether the text is a GTIN-8, -12 (UPC), -13 (EAN, ISBN) or -14 with the right check digit."""
    if len(text) not in _LENGTHS or not (text.isascii() and text.isdecimal()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0
