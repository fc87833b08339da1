"""Make every category name a root category that contains the products of that name.

The shop may have to be stopped. Names that differ only in case become one category, in their most frequent spelling.

Each batch of products is committed separately, and finished products stay as they are, so an interrupted migration can
run again.

Revision ID: 0035
Revises: 0034
"""

import re
import runpy
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
compatible_since = "0035"

BATCH: Final = 2_000
MAX_SLUG: Final = 100
EVERYTHING: Final = bytes(16)
CATEGORY: Final = uuid.UUID("6f1e7d52-0d5c-5c6e-9d0b-7d1f7b7f3a10")
"""The namespace of the new categories' ids: a category gets the same id whenever this runs."""
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
fold: Final[Callable[[str], str]] = runpy.run_path(str(Path(__file__).with_name("0009_folded_texts.py")))[
    "fold"
]

products: Final = sa.table(
    "products",
    sa.column("id", ID),
    sa.column("category", sa.String),
    sa.column("category_ids", sa.JSON),
    sa.column("deleted", sa.Boolean),
)
categories: Final = sa.table(
    "categories",
    sa.column("id", ID),
    *(sa.column(name, sa.String) for name in ("name", "slug")),
    *(sa.column(name, sa.Integer) for name in ("position", "version")),
)

PUT: Final = """
INSERT INTO product_categories (category_id, product_id)
SELECT c.id, p.id FROM products p JOIN categories c ON c.name = p.category AND c.parent_id IS NULL
WHERE p.id > :after AND p.id <= :upto AND NOT p.deleted
AND NOT EXISTS (SELECT 1 FROM product_categories o WHERE o.product_id = p.id)
"""
LIST: Final = """
INSERT INTO category_listings (category_id, product_id, price, name_key, created_at, units)
SELECT c.category_id, l.product_id, l.price, l.name_key, l.created_at, l.units
FROM listings l JOIN product_categories c ON c.product_id = l.product_id
WHERE l.product_id > :after AND l.product_id <= :upto
AND NOT EXISTS (SELECT 1 FROM category_listings o WHERE o.product_id = l.product_id)
"""
COUNT: Final = """
INSERT INTO listing_counts (category_id, listed)
SELECT category_id, COUNT(*) FROM category_listings GROUP BY category_id
"""
COUNT_ALL: Final = (
    "INSERT INTO listing_counts (category_id, listed) SELECT :everything, COUNT(*) FROM listings"
)


def upgrade() -> None:
    connection = op.get_bind()
    ids = _make_categories()
    if ids and connection.scalar(sa.text("SELECT COUNT(*) FROM category_tree")) == 0:
        connection.execute(sa.text("INSERT INTO category_tree (id, version) VALUES (1, 1)"))
    _commit()
    _put_products(ids)
    connection.execute(sa.text("DELETE FROM listing_counts"))
    connection.execute(sa.text(COUNT))
    count_all = sa.text(COUNT_ALL).bindparams(sa.bindparam("everything", type_=ID))
    connection.execute(count_all, {"everything": EVERYTHING})
    _commit()


def downgrade() -> None:
    connection = op.get_bind()
    for table in (
        "listing_counts",
        "category_listings",
        "category_reindexing",
        "product_categories",
        "category_tree",
    ):
        connection.execute(sa.delete(sa.table(table)))
    connection.execute(sa.text("UPDATE categories SET parent_id = NULL"))
    connection.execute(sa.text("DELETE FROM categories WHERE successor_id IS NOT NULL"))
    connection.execute(sa.text("DELETE FROM categories"))


def _make_categories() -> dict[str, bytes]:
    """Give every name its category, one per name without regard to case; return the ids by name."""
    connection = op.get_bind()
    used = sa.select(products.c.category, sa.func.count()).where(
        products.c.category.is_not(None), ~products.c.deleted
    )
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, count in connection.execute(used.group_by(products.c.category)):
        spellings[name.casefold()][name] = count
    present = {row.id: row.name for row in connection.execute(sa.select(categories.c.id, categories.c.name))}
    slugs = set(connection.scalars(sa.select(categories.c.slug)))
    ids: dict[str, bytes] = {}
    for position, key in enumerate(sorted(spellings, key=lambda key: (fold(key), key))):
        category_id = uuid.uuid5(CATEGORY, key).bytes
        name = present.get(category_id) or min(spellings[key], key=lambda each: (-spellings[key][each], each))
        if category_id not in present:
            slug = _free_slug(name, slugs)
            slugs.add(slug)
            row = {"id": category_id, "name": name, "slug": slug, "position": position, "version": 1}
            connection.execute(sa.insert(categories), row)
        for other in spellings[key]:
            if other != name:
                rename = sa.update(products).where(products.c.category == other, ~products.c.deleted)
                connection.execute(rename.values(category=name))
        ids[name] = category_id
    return ids


def _free_slug(name: str, taken: set[str]) -> str:
    base = "-".join(re.findall(r"[^\W_]+", fold(name)))[:MAX_SLUG].strip("-") or "category"
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _put_products(ids: dict[str, bytes]) -> None:
    connection = op.get_bind()
    following = (
        sa.select(products.c.id, products.c.category, products.c.deleted)
        .where(products.c.id > sa.bindparam("after", type_=ID))
        .order_by(products.c.id)
        .limit(BATCH)
    )
    after = b""
    while batch := connection.execute(following, {"after": after}).all():
        place = {"after": after, "upto": batch[-1].id}
        connection.execute(sa.text(PUT), place)
        connection.execute(sa.text(LIST), place)
        by_name: defaultdict[str, list[bytes]] = defaultdict(list)
        for row in batch:
            if row.category in ids and not row.deleted:
                by_name[row.category].append(row.id)
        for name, product_ids in by_name.items():
            some = sa.update(products).where(
                products.c.id.in_(product_ids), products.c.category_ids.is_(None)
            )
            connection.execute(some.values(category_ids=[str(uuid.UUID(bytes=ids[name]))]))
        _commit()
        after = batch[-1].id


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
