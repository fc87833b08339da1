"""The colours that drawings are rendered in, and the pictures that the shop comes with."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shop.adapters.sql.seeding.pictures import COLOURS as SEEDED_COLOURS
from shop.adapters.sql.seeding.pictures import drawings


class Colour(NamedTuple):
    """The main colour of an object, of the wall behind it, and of the table that it stands on."""

    main: str
    wall: str
    table: str


COLOURS: Final[Mapping[str, Colour]] = {
    "burgundy": Colour("#85394a", "#f3e7e8", "#e5d2d4"),
    "forest": Colour("#3f6650", "#e6eee7", "#d3dfd5"),
    "mustard": Colour("#d2a036", "#f6eedb", "#e9ddbf"),
    "navy": Colour("#35507c", "#e7ebf1", "#d5dce7"),
    "olive": Colour("#75824a", "#eceee0", "#dde0ca"),
    "petrol": Colour("#2f6f73", "#e4eeec", "#d1e0dd"),
    "rose": Colour("#c98a86", "#f7eae8", "#ead6d3"),
    "sand": Colour("#c8ab84", "#f4eee4", "#e6dbc9"),
    "sky": Colour("#7ea6c2", "#e8f0f5", "#d5e2ea"),
    "slate": Colour("#565f69", "#e9ecee", "#d8dde0"),
    "stone": Colour("#8d938f", "#ecebe6", "#dcdad2"),
    "terracotta": Colour("#bd6a48", "#f5e8df", "#e8d4c6"),
}
_SAMPLE_PICTURES: Final = (
    "mug-stone chef-knife-sky frying-pan-terracotta gooseneck-kettle-sand desk-lamp-petrol paper-lamp-olive "
    "lantern-burgundy oak-chair-sand ladder-shelf-sky desk-rose headphones-slate pocket-speaker-forest "
    "turntable-terracotta television-slate mechanical-keyboard-petrol notebook-mustard paper-ream-terracotta "
    "fountain-pen-olive sweater-navy socks-olive rain-jacket-petrol rain-jacket-mustard tent-terracotta "
    "water-bottle-sky coffee-bag-forest"
)


def pictures() -> Mapping[str, tuple[str, Colour]]:
    """Return the drawing and the colour of each picture, by the picture's name."""
    names = {
        *_SAMPLE_PICTURES.split(),
        *(f"{kind}-{colour}" for kind in drawings() for colour in SEEDED_COLOURS),
    }
    split = {name: name.rpartition("-") for name in sorted(names)}
    return {name: (drawing, COLOURS[colour]) for name, (drawing, _, colour) in split.items()}
