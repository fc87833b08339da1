"""Add sample products, so that a new shop has something to show.

Prices are in minor units: 25.99 in a shop that sells in dollars or euros.

Revision ID: 0002
Revises: 0001
"""

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)

# sku, category, name, price, price to compare with, stock, description
SAMPLES: Final[list[tuple[str, str, str, int, int | None, int, str]]] = [
    (
        "MUG-STONE-350", "Kitchen", "Stoneware Mug, 350 ml", 1450, None, 120,
        "Thrown by hand and glazed in matt grey. Keeps coffee warm, fits under every espresso machine and goes into "
        "the dishwasher.",
    ),
    (
        "KNIFE-CHEF-20", "Kitchen", "Chef's Knife, 20 cm", 8900, 10900, 35,
        "Forged from one piece of high-carbon steel, with a walnut handle. Comes sharp; a whetstone keeps it so.",
    ),
    (
        "PAN-IRON-28", "Kitchen", "Cast-Iron Frying Pan, 28 cm", 5450, None, 48,
        "Seasoned with linseed oil and ready to use on gas, induction or an open fire. Gets better every year.",
    ),
    (
        "KETTLE-GOOSE-09", "Kitchen", "Gooseneck Kettle, 0.9 l", 6995, 7995, 22,
        "A slow, even stream for pour-over coffee and jasmine tea. Thermometer in the lid, stainless steel throughout.",
    ),
    (
        "LAMP-DESK-ARC", "Lighting", "Arc Desk Lamp", 7900, None, 40,
        "A dimmable LED arm in brushed aluminium that stays where you put it. Warm white for the evening, cool white "
        "for work.",
    ),
    (
        "LAMP-PAPER-60", "Lighting", "Rice-Paper Pendant Lamp, 60 cm", 3950, None, 65,
        "Soft light without glare from a globe of washi paper over bamboo. Folds flat for the way home.",
    ),
    (
        "LANTERN-CAMP", "Lighting", "Rechargeable Lantern", 4900, 5900, 80,
        "Forty hours on one USB-C charge, with a candle mode for the terrace and a hook for the tent. Splash-proof.",
    ),
    (
        "CHAIR-OAK-01", "Furniture", "Oak Dining Chair", 18900, None, 16,
        "Solid oak, steam-bent back, a seat of woven paper cord. Oiled, not varnished, so that it can be renewed.",
    ),
    (
        "SHELF-LADDER-5", "Furniture", "Ladder Shelf, Five Boards", 14900, 17900, 12,
        "Leans against the wall and needs two screws. Ash boards on a powder-coated steel frame, 180 cm high.",
    ),
    (
        "DESK-STAND-140", "Furniture", "Height-Adjustable Desk, 140 cm", 49900, None, 9,
        "From 65 to 125 cm at the touch of a button, quietly. Bamboo top, cable tray, four memory positions.",
    ),
    (
        "HEADPH-OVER-BT", "Audio", "Over-Ear Headphones with Noise Cancelling", 22900, 26900, 30,
        "Thirty hours of music, replaceable ear pads and battery, and a jack for the plane. Folds into its case.",
    ),
    (
        "SPEAKER-PORT-S", "Audio", "Pocket Speaker", 5900, None, 75,
        "As small as a mug and loud enough for a picnic. Waterproof, pairs with a second one for stereo.",
    ),
    (
        "TURNTABLE-BELT", "Audio", "Belt-Drive Turntable", 32900, None, 7,
        "Plays 33 and 45 rpm on a heavy aluminium platter. The phono preamplifier is built in, the cartridge fitted.",
    ),
    (
        "TV-OLED-48", "Audio", "48-inch OLED TV", 99900, 119900, 5,
        "Perfect black, four HDMI 2.1 ports and no advertising on the home screen. The stand turns.",
    ),
    (
        "KEYB-MECH-75", "Office", "Mechanical Keyboard, 75 %", 11900, None, 28,
        "Hot-swappable switches, PBT keycaps and a knob for the volume. Wired by USB-C or wireless to three devices.",
    ),
    (
        "NOTEBOOK-A5-DOT", "Office", "A5 Notebook, Dotted", 1690, None, 200,
        "Lies flat, 100 g paper that ink doesn't bleed through, numbered pages and two ribbons.",
    ),
    (
        "PAPER-A4-500", "Office", "A4 Paper, 500 Sheets", 795, 990, 300,
        "Recycled, white, 80 g. For laser and inkjet printers, both sides.",
    ),
    (
        "PEN-FOUNTAIN-M", "Office", "Fountain Pen, Medium Nib", 3490, None, 60,
        "A steel nib that writes at once, a brass barrel that ages well. Takes cartridges or the converter in the box.",
    ),
    (
        "SWEATER-MERINO-N", "Clothing", "Merino Sweater, Navy", 11900, 14900, 44,
        "Extra-fine merino, knitted without side seams. Warm in winter, light enough for summer evenings.",
    ),
    (
        "SOCKS-WOOL-3", "Clothing", "Wool Socks, Three Pairs", 2400, None, 150,
        "Knee-high, reinforced at heel and toe, in anthracite, olive and crème. Mended free of charge.",
    ),
    (
        "JACKET-RAIN-U", "Clothing", "Rain Jacket, Unisex", 15900, None, 26,
        "Three layers, taped seams and a hood that turns with the head. Made of recycled nylon, without PFAS.",
    ),
    (
        "TENT-TWO-ULTRA", "Outdoor", "Two-Person Tent", 27900, 32900, 11,
        "1.6 kg with poles and pegs, up in four minutes, dry in a storm. Two entrances, two porches.",
    ),
    (
        "BOTTLE-STEEL-75", "Outdoor", "Insulated Bottle, 750 ml", 2990, None, 0,
        "Cold for a day, hot for twelve hours. The wide mouth takes ice cubes and a brush.",
    ),
    (
        "CAFE-BEANS-1K", "Pantry", "Café Crème Beans, 1 kg", 2290, None, 90,
        "Arabica from Huehuetenango, roasted on Tuesdays and posted on Wednesdays. Notes of cocoa and orange.",
    ),
]  # fmt: skip

products: Final = sa.table(
    "products",
    *map(sa.column, ("id", "sku", "name", "description", "category", "price", "compare_at_price", "active")),
    *map(sa.column, ("deleted", "version")),
    sa.column("created_at", sa.DateTime),
    sa.column("updated_at", sa.DateTime),
)
stock: Final = sa.table("stock", *map(sa.column, ("product_id", "initial", "available", "listed")))
listings: Final = sa.table(
    "listings",
    *map(sa.column, ("product_id", "category", "price", "name_key", "units")),
    sa.column("created_at", sa.DateTime),
)
product_words: Final = sa.table(
    "product_words", *map(sa.column, ("word", "product_id", "weight", "category", "price"))
)
word_counts: Final = sa.table("word_counts", *map(sa.column, ("word", "listed")))
category_counts: Final = sa.table("category_counts", *map(sa.column, ("category", "listed")))


def upgrade() -> None:
    if not context.config.attributes.get("samples", True):
        return
    connection = op.get_bind()
    ids = [sample_id(number) for number in range(len(SAMPLES))]
    # Those that were sold before a downgrade are still there.
    present = set(connection.scalars(sa.select(products.c.id).where(products.c.id.in_(ids))))
    new = [number for number, product_id in enumerate(ids) if product_id not in present]
    words = [row for number in new for row in word_rows(number)]
    op.bulk_insert(products, [product_row(number) for number in new])
    op.bulk_insert(stock, [stock_row(number) for number in new])
    op.bulk_insert(listings, [listing_row(number) for number in new])
    op.bulk_insert(product_words, words)
    add_counts(word_counts, word_counts.c.word, Counter(row["word"] for row in words))
    add_counts(category_counts, category_counts.c.category, Counter(SAMPLES[number][1] for number in new))


def downgrade() -> None:
    """Remove the samples, except those in anybody's order."""
    connection = op.get_bind()
    ids = [sample_id(number) for number in range(len(SAMPLES))]
    order_lines = sa.table("order_lines", sa.column("product_id"))
    sold = set(
        connection.scalars(sa.select(order_lines.c.product_id).where(order_lines.c.product_id.in_(ids)))
    )
    unsold = [product_id for product_id in ids if product_id not in sold]
    words = connection.scalars(sa.select(product_words.c.word).where(product_words.c.product_id.in_(unsold)))
    add_counts(word_counts, word_counts.c.word, Counter(words), -1)
    categories = connection.scalars(sa.select(listings.c.category).where(listings.c.product_id.in_(unsold)))
    names = Counter(category or "" for category in categories)
    add_counts(category_counts, category_counts.c.category, names, -1)
    for name in ("cart_lines", "product_sales", "stock_adjustments", "product_words", "listings", "stock"):
        table = sa.table(name, sa.column("product_id"))
        op.execute(sa.delete(table).where(table.c.product_id.in_(unsold)))
    op.execute(sa.delete(products).where(products.c.id.in_(unsold)))


def sample_id(number: int) -> bytes:
    """A UUIDv7 of the sample's moment."""
    milliseconds = int(moment(number).timestamp() * 1000)
    return bytes.fromhex(f"{milliseconds:012x}70008000{number:012x}")


def moment(number: int) -> datetime:
    return STARTED + timedelta(hours=number)


def product_row(number: int) -> dict[str, Any]:
    sku, category, name, price, compare_at_price, _, description = SAMPLES[number]
    return {
        "id": sample_id(number),
        "sku": sku,
        "name": name,
        "description": description,
        "category": category,
        "price": price,
        "compare_at_price": compare_at_price,
        "active": True,
        "deleted": False,
        "version": 1,
        "created_at": moment(number).replace(tzinfo=None),
        "updated_at": moment(number).replace(tzinfo=None),
    }


def stock_row(number: int) -> dict[str, Any]:
    units = SAMPLES[number][5]
    return {"product_id": sample_id(number), "initial": units, "available": units, "listed": True}


def listing_row(number: int) -> dict[str, Any]:
    _, category, name, price, *_ = SAMPLES[number]
    return {
        "product_id": sample_id(number),
        "category": category,
        "price": price,
        "name_key": folded(name),
        "units": 0,
        "created_at": moment(number).replace(tzinfo=None),
    }


def word_rows(number: int) -> list[dict[str, Any]]:
    sku, category, name, price, _, _, description = SAMPLES[number]
    return [
        {
            "word": word,
            "product_id": sample_id(number),
            "weight": weight,
            "category": category,
            "price": price,
        }
        for word, weight in weighted_words(name, sku, category, description).items()
    ]


def add_counts(table: sa.TableClause, key: sa.ColumnClause[Any], counts: Counter[str], sign: int = 1) -> None:
    """Add to what the table counts; a count of 0 has no row."""
    connection = op.get_bind()
    present = dict(connection.execute(sa.select(key, table.c.listed).where(key.in_(counts))).all())
    op.execute(sa.delete(table).where(key.in_(counts)))
    sums = {word: present.get(word, 0) + sign * count for word, count in counts.items()}
    op.bulk_insert(
        table, [{key.name: word, "listed": count} for word, count in sorted(sums.items()) if count]
    )


def folded(text: str) -> str:
    """Without case and accents, as the shop of this revision had it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.category(each).startswith("M"))


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def weighted_words(name: str, sku: str, category: str, description: str) -> dict[str, int]:
    weights = dict.fromkeys(words_of(description), 1)
    weights.update(dict.fromkeys(words_of(f"{sku} {category}"), 2))
    weights.update(dict.fromkeys(words_of(name), 3))
    return weights
