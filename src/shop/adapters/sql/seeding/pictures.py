"""The pictures of generated products: drawings of their kind, which the shop serves below `/pictures/`."""

from typing import Final

from shop.adapters.sql.seeding.categories import SUBCATEGORY_OF_KIND

COLOURS: Final = ("navy", "olive", "sand", "burgundy", "slate")
"""The colours in which each kind is drawn."""
_COLOURS_OF_STYLES: Final = {
    "Black": "slate",
    "Burgundy": "burgundy",
    "Copper": "burgundy",
    "Forest": "olive",
    "Ivory": "sand",
    "Navy": "navy",
    "Olive": "olive",
    "Sand": "sand",
    "Slate": "slate",
    "White": "sand",
}


def picture_url(kind: str, style: str, number: int) -> str:
    """Return the address of a picture of the kind, in the colour that the style names, else in one by `number`."""
    colour = _COLOURS_OF_STYLES.get(style, COLOURS[number % len(COLOURS)])
    return f"/pictures/{_drawing(kind)}-{colour}.webp"


def drawings() -> set[str]:
    """Return the names of all kinds' drawings."""
    return {_drawing(kind) for kind in SUBCATEGORY_OF_KIND}


def _drawing(kind: str) -> str:
    return kind.lower().replace(" ", "-")
