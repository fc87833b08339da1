"""Give sample products options (sizes, colours, weights), and put them into two levels of categories.

Changes only samples that nobody has changed. A sample keeps its id, name and price, and its only variant keeps its id
and stock. A shop without samples gets none.

Each sample is committed separately, and one that already has options stays as it is, so an interrupted migration can
run again.

Revision ID: 0048
Revises: 0047
"""

import re
import runpy
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product as combinations
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None
compatible_since = "0047"

STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)
LABEL: Final = 2
"""The weight of skus and option values in the search index."""
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
CATEGORY: Final = uuid.UUID("0f2f6f0e-6b0c-5d0e-8c5f-2f6b1c9d4e21")
"""The namespace of the new categories' ids: a category gets the same id whenever this runs."""
fold: Final[Callable[[str], str]] = runpy.run_path(str(Path(__file__).with_name("0009_folded_texts.py")))[
    "fold"
]

# The number and the name of each sample, by the subcategory that it gets.
SUBCATEGORIES: Final[dict[str, dict[int, str]]] = {
    "Coffee & Tea": {0: "Stoneware Mug, 350 ml", 3: "Gooseneck Kettle, 0.9 l"},
    "Cookware": {1: "Chef's Knife, 20 cm", 2: "Cast-Iron Frying Pan, 28 cm"},
    "Lamps": {4: "Arc Desk Lamp", 5: "Rice-Paper Pendant Lamp, 60 cm"},
    "Lanterns": {6: "Rechargeable Lantern"},
    "Seating": {7: "Oak Dining Chair"},
    "Desks & Shelves": {8: "Ladder Shelf, Five Boards", 9: "Height-Adjustable Desk, 140 cm"},
    "Headphones & Speakers": {10: "Over-Ear Headphones with Noise Cancelling", 11: "Pocket Speaker"},
    "Hi-Fi & TV": {12: "Belt-Drive Turntable", 13: "48-inch OLED TV"},
    "Desk Equipment": {14: "Mechanical Keyboard, 75 %"},
    "Paper & Pens": {15: "A5 Notebook, Dotted", 16: "A4 Paper, 500 Sheets", 17: "Fountain Pen, Medium Nib"},
    "Knitwear": {18: "Merino Sweater, Navy", 19: "Wool Socks, Three Pairs"},
    "Jackets": {20: "Rain Jacket, Unisex"},
    "Tents": {21: "Two-Person Tent"},
    "Bottles": {22: "Insulated Bottle, 750 ml"},
    "Coffee Beans": {23: "Café Crème Beans, 1 kg"},
}
# Options with their values, the combination that the sample itself becomes, and what each other one costs and weighs
# more than it, in minor units and grams, by its first value.
OPTIONS: Final[dict[int, tuple[dict[str, list[str]], tuple[str, ...], dict[str, tuple[int, int]]]]] = {
    18: ({"Size": ["S", "M", "L", "XL"]}, ("M",), {}),
    19: ({"Size": ["36–38", "39–42", "43–46"]}, ("39–42",), {}),
    20: (
        {"Size": ["S", "M", "L", "XL"], "Colour": ["Petrol", "Mustard"]},
        ("M", "Petrol"),
        {},
    ),
    23: ({"Weight": ["1 kg", "3 kg", "5 kg"]}, ("1 kg",), {"3 kg": (4_200, 2_000), "5 kg": (8_000, 4_000)}),
}
WEIGHTS: Final = {18: 320, 19: 180, 20: 410, 23: 1_000}
"""What the sample itself weighs, in grams."""
STOCK: Final = 12
"""Units of each new variant."""

products: Final = sa.table(
    "products",
    sa.column("id", ID),
    *(sa.column(name, sa.String) for name in ("name", "sku", "category", "description")),
    *(sa.column(name, sa.JSON) for name in ("options", "category_ids")),
    *(sa.column(name, sa.BigInteger) for name in ("price", "price_to", "weight", "variant_count", "version")),
    *(sa.column(name, sa.Boolean) for name in ("active", "deleted")),
)
variants: Final = sa.table(
    "variants",
    sa.column("id", ID),
    sa.column("product_id", ID),
    sa.column("options", sa.JSON),
    *(sa.column(name, sa.BigInteger) for name in ("position", "price", "compare_at_price", "weight")),
    sa.column("sku", sa.String),
    *(sa.column(name, sa.Boolean) for name in ("active", "deleted")),
)
stock: Final = sa.table(
    "stock",
    sa.column("item_id", ID),
    sa.column("product_id", ID),
    *(sa.column(name, sa.Integer) for name in ("initial", "available")),
    *(sa.column(name, sa.Boolean) for name in ("listed", "active")),
)
categories: Final = sa.table(
    "categories",
    sa.column("id", ID),
    sa.column("parent_id", ID),
    *(sa.column(name, sa.String) for name in ("name", "slug")),
    *(sa.column(name, sa.Integer) for name in ("position", "version")),
)
product_words: Final = sa.table(
    "product_words",
    sa.column("word", sa.String),
    sa.column("product_id", ID),
    *(sa.column(name, sa.BigInteger) for name in ("weight", "price")),
)

LIST: Final = """
INSERT INTO category_listings (category_id, product_id, price, name_key, created_at, units)
SELECT :category, l.product_id, l.price, l.name_key, l.created_at, l.units FROM listings l WHERE l.product_id = :id
"""


def upgrade() -> None:
    for name, samples in SUBCATEGORIES.items():
        for number, title in samples.items():
            sample = _untouched(number, title)
            if sample is not None and sample.category_ids is not None and len(sample.category_ids) == 1:
                _put_below(sample, name)
            if sample is not None and sample.options is None and number in OPTIONS:
                _give_variants(sample, number)
            _commit()


def downgrade() -> None:
    """The samples stay as they are: the migrations before turn every product with variants back."""


def sample_id(number: int, variant: int = 0) -> bytes:
    """Return the id of a sample as the migration that makes it does, or of one of its further variants."""
    milliseconds = int((STARTED + timedelta(hours=number)).timestamp() * 1000)
    return bytes.fromhex(f"{milliseconds:012x}70008000{variant:04x}{number:08x}")


def _untouched(number: int, name: str) -> Any:
    """Return the sample's row if nobody has changed or deleted it."""
    wanted = sa.select(products).where(
        products.c.id == sample_id(number),
        products.c.version == 1,
        products.c.name == name,
        ~products.c.deleted,
    )
    return op.get_bind().execute(wanted).one_or_none()


def _put_below(sample: Any, name: str) -> None:
    """Put the sample into a subcategory of its category too. It stays in the main one, which shows it anyway."""
    connection = op.get_bind()
    parent = uuid.UUID(sample.category_ids[0]).bytes
    category_id = _subcategory(parent, name)
    place = {"category": category_id, "id": sample.id}
    with_ids = [sa.bindparam("category", type_=ID), sa.bindparam("id", type_=ID)]
    put = sa.text("INSERT INTO product_categories (category_id, product_id) VALUES (:category, :id)")
    connection.execute(put.bindparams(*with_ids), place)
    connection.execute(
        sa.update(products)
        .where(products.c.id == sample.id)
        .values(category_ids=[*sample.category_ids, str(uuid.UUID(bytes=category_id))])
    )
    if sample.active:
        connection.execute(sa.text(LIST).bindparams(*with_ids), place)
        _add_count("listing_counts", "category_id", ID, category_id)


def _subcategory(parent: bytes, name: str) -> bytes:
    connection = op.get_bind()
    category_id = uuid.uuid5(CATEGORY, f"{parent.hex()}/{name}").bytes
    if connection.scalar(sa.select(categories.c.id).where(categories.c.id == category_id)) is None:
        base = "-".join(re.findall(r"[^\W_]+", fold(name)))
        taken = set(connection.scalars(sa.select(categories.c.slug)))
        slug = next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 1_000))) if slug not in taken)
        siblings = sa.select(sa.func.count()).select_from(categories).where(categories.c.parent_id == parent)
        row = {
            "id": category_id,
            "parent_id": parent,
            "name": name,
            "slug": slug,
            "position": connection.scalar(siblings),
            "version": 1,
        }
        connection.execute(sa.insert(categories), row)
        connection.execute(sa.text("UPDATE category_tree SET version = version + 1"))
    return category_id


def _give_variants(sample: Any, number: int) -> None:
    options, own, extras = OPTIONS[number]
    chosen = list(combinations(*options.values()))
    rows = [
        _variant_row(sample, number, position, dict(zip(options, values, strict=True)), own, extras)
        for position, values in enumerate(chosen)
    ]
    connection = op.get_bind()
    for row in rows:
        if row["id"] == sample.id:
            changes = {name: row[name] for name in ("position", "options", "weight")}
            connection.execute(sa.update(variants).where(variants.c.id == sample.id).values(**changes))
    new = [row for row in rows if row["id"] != sample.id]
    connection.execute(sa.insert(variants), new)
    connection.execute(sa.insert(stock), [_stock_row(sample, row["id"]) for row in new])
    changes = {
        "options": [[name, values] for name, values in options.items()],
        "price_to": max(row["price"] for row in rows),
        "variant_count": len(rows),
        "sku": None,
        "weight": None,
    }
    connection.execute(sa.update(products).where(products.c.id == sample.id).values(**changes))
    if sample.active:
        labels = [str(row["sku"]) for row in new] + [value for values in options.values() for value in values]
        _index(sample, labels)


def _variant_row(
    sample: Any,
    number: int,
    position: int,
    chosen: Mapping[str, str],
    own: Sequence[str],
    extras: Mapping[str, tuple[int, int]],
) -> dict[str, Any]:
    first, *_ = chosen.values()
    dearer, heavier = extras.get(first, (0, 0))
    is_own = tuple(chosen.values()) == tuple(own)
    text = "-".join(re.sub(r"\W+", "-", value).upper() for value in chosen.values())
    compare_at = op.get_bind().scalar(
        sa.select(variants.c.compare_at_price).where(variants.c.id == sample.id)
    )
    return {
        "id": sample.id if is_own else sample_id(number, position + 1),
        "product_id": sample.id,
        "position": position,
        "sku": None if is_own else f"{sample.sku}-{text}",
        "options": [[name, value] for name, value in chosen.items()],
        "price": sample.price + dearer,
        "compare_at_price": None if compare_at is None else compare_at + dearer,
        "weight": WEIGHTS[number] + heavier,
        "active": True,
        "deleted": False,
    }


def _stock_row(sample: Any, item_id: bytes) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "product_id": sample.id,
        "initial": STOCK,
        "available": STOCK,
        "listed": sample.active,
        "active": True,
    }


def _index(sample: Any, labels: Sequence[str]) -> None:
    """Let search find the sample by the skus and option values of its variants."""
    connection = op.get_bind()
    wanted = sa.select(product_words.c.word, product_words.c.weight)
    present = {
        row.word: row.weight
        for row in connection.execute(wanted.where(product_words.c.product_id == sample.id))
    }
    for word in sorted({word[:64] for word in re.findall(r"[^\W_]+", fold(" ".join(labels)))}):
        if word not in present:
            row = {"word": word, "product_id": sample.id, "weight": LABEL, "price": sample.price}
            connection.execute(sa.insert(product_words), row)
            _add_count("word_counts", "word", sa.String(), word)
        elif present[word] < LABEL:
            found = sa.update(product_words).where(
                product_words.c.product_id == sample.id, product_words.c.word == word
            )
            connection.execute(found.values(weight=LABEL))


def _add_count(table: str, key: str, kind: sa.types.TypeEngine[Any], value: object) -> None:
    """Count one listing more."""
    counts = sa.table(table, sa.column(key, kind), sa.column("listed", sa.Integer))
    connection = op.get_bind()
    more = sa.update(counts).where(counts.c[key] == value).values(listed=counts.c.listed + 1)
    if connection.execute(more).rowcount == 0:
        connection.execute(sa.insert(counts), {key: value, "listed": 1})


def _commit() -> None:
    """End a sample. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
