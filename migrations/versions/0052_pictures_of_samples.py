"""Give the sample products pictures, which the shop serves below `/pictures/`.

Only unchanged samples without a picture get one. They keep their version, so that `shop samples remove` still
recognizes them.

Revision ID: 0052
Revises: 0051
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None
compatible_since = "0051"

STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
# The names of the samples and of their pictures, in the order of the samples' numbers.
PICTURES: Final = [
    ("Stoneware Mug, 350 ml", "mug-stone"),
    ("Chef's Knife, 20 cm", "chef-knife-sky"),
    ("Cast-Iron Frying Pan, 28 cm", "frying-pan-terracotta"),
    ("Gooseneck Kettle, 0.9 l", "gooseneck-kettle-sand"),
    ("Arc Desk Lamp", "desk-lamp-petrol"),
    ("Rice-Paper Pendant Lamp, 60 cm", "paper-lamp-olive"),
    ("Rechargeable Lantern", "lantern-burgundy"),
    ("Oak Dining Chair", "oak-chair-sand"),
    ("Ladder Shelf, Five Boards", "ladder-shelf-sky"),
    ("Height-Adjustable Desk, 140 cm", "desk-rose"),
    ("Over-Ear Headphones with Noise Cancelling", "headphones-slate"),
    ("Pocket Speaker", "pocket-speaker-forest"),
    ("Belt-Drive Turntable", "turntable-terracotta"),
    ("48-inch OLED TV", "television-slate"),
    ("Mechanical Keyboard, 75 %", "mechanical-keyboard-petrol"),
    ("A5 Notebook, Dotted", "notebook-mustard"),
    ("A4 Paper, 500 Sheets", "paper-ream-terracotta"),
    ("Fountain Pen, Medium Nib", "fountain-pen-olive"),
    ("Merino Sweater, Navy", "sweater-navy"),
    ("Wool Socks, Three Pairs", "socks-olive"),
    ("Rain Jacket, Unisex", "rain-jacket-petrol"),
    ("Two-Person Tent", "tent-terracotta"),
    ("Insulated Bottle, 750 ml", "water-bottle-sky"),
    ("Café Crème Beans, 1 kg", "coffee-bag-forest"),
]
JACKET: Final = 20
OF_COLOURS: Final = {"Petrol": "rain-jacket-petrol", "Mustard": "rain-jacket-mustard"}
"""The pictures of the jacket's variants, by colour."""

products: Final = sa.table(
    "products",
    sa.column("id", ID),
    *(sa.column(name, sa.String) for name in ("name", "image_url")),
    sa.column("version", sa.Integer),
    sa.column("deleted", sa.Boolean),
)
variants: Final = sa.table(
    "variants",
    sa.column("id", ID),
    sa.column("product_id", ID),
    sa.column("image_url", sa.String),
    sa.column("options", sa.JSON),
)


# MySQL commits each statement by itself: pictures of variants come first, and a repetition finishes the rest.
def upgrade() -> None:
    connection = op.get_bind()
    for number, (name, picture) in enumerate(PICTURES):
        untouched = sa.and_(
            products.c.id == sample_id(number),
            products.c.name == name,
            products.c.version == 1,
            products.c.image_url.is_(None),
            ~products.c.deleted,
        )
        if number == JACKET and connection.scalar(sa.select(products.c.id).where(untouched)) is not None:
            _show_colours()
        connection.execute(sa.update(products).where(untouched).values(image_url=url(picture)))


def _show_colours() -> None:
    connection = op.get_bind()
    wanted = sa.select(variants).where(
        variants.c.product_id == sample_id(JACKET), variants.c.image_url.is_(None)
    )
    for variant in connection.execute(wanted).all():
        picture = OF_COLOURS.get(dict(variant.options or ()).get("Colour", ""))
        if picture is not None:
            of_variant = sa.update(variants).where(variants.c.id == variant.id)
            connection.execute(of_variant.values(image_url=url(picture)))


def downgrade() -> None:
    """Take away the pictures, which an older shop does not serve."""
    for table in (products, variants):
        shown = sa.update(table).where(table.c.image_url.like("/pictures/%"))
        op.execute(shown.values(image_url=None))


def sample_id(number: int) -> bytes:
    """Return the id of a sample as the migration that makes it does."""
    milliseconds = int((STARTED + timedelta(hours=number)).timestamp() * 1000)
    return bytes.fromhex(f"{milliseconds:012x}70008000{number:012x}")


def url(picture: str) -> str:
    return f"/pictures/{picture}.webp"
