"""The category tree, the categories of products, and what visitors see in each category."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from shop.adapters.sql.catalogue.tables import listings, products
from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import NIL_ID, Identifier, UtcDateTime
from shop.domain.catalogue.category import MAX_CATEGORY
from shop.domain.catalogue.search import MAX_NAME_KEY_LENGTH
from shop.domain.catalogue.slug import MAX_SLUG

EVERYTHING: Final = NIL_ID
"""Stands for all categories in `listing_counts`."""

categories: Final = Table(
    "categories",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("parent_id", Identifier, ForeignKey("categories.id")),
    Column("successor_id", Identifier, ForeignKey("categories.id")),
    Column("name", String(MAX_CATEGORY), nullable=False),
    Column("slug", String(MAX_SLUG)),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("slug", name="uq_categories_slug"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(slug IS NULL) = (successor_id IS NOT NULL)", name="successor_id"),
    **TABLE_OPTIONS,
)
"""Categories. A deleted one has a successor, and no slug, until the last product has moved to the successor."""

category_tree: Final = Table(
    "category_tree",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    **TABLE_OPTIONS,
)
"""One row, made with the first category: writers of the tree lock it, writers of a product's categories share it."""

product_categories: Final = Table(
    "product_categories",
    metadata,
    Column("category_id", Identifier, ForeignKey(categories.c.id), primary_key=True),
    Column("product_id", Identifier, ForeignKey(products.c.id), primary_key=True),
    Index("ix_product_categories_product_id", "product_id", "category_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The categories that products were put into. Their order is in `products.category_ids`."""

category_listings: Final = Table(
    "category_listings",
    metadata,
    Column("category_id", Identifier, primary_key=True),
    Column("product_id", Identifier, ForeignKey(listings.c.product_id, ondelete="CASCADE"), primary_key=True),
    Column("price", BigInteger, nullable=False),
    Column("name_key", String(MAX_NAME_KEY_LENGTH), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("units", Integer, nullable=False),
    CheckConstraint("units >= 0", name="units"),
    Index("ix_category_listings_price", "category_id", "price", "product_id"),
    Index("ix_category_listings_name_key", "category_id", "name_key", "product_id", "price"),
    Index("ix_category_listings_created_at", "category_id", "created_at", "product_id", "price"),
    Index("ix_category_listings_units", "category_id", "units", "product_id", "price"),
    Index("ix_category_listings_product_id", "product_id", "category_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The listings of each category and everything below it: a page of a category walks one index.

A listing stands once in each of its product's categories and in each category above one of them. Rows of a deleted
category remain until the products are reindexed, so there is no foreign key to the categories.
"""

listing_counts: Final = Table(
    "listing_counts",
    metadata,
    Column("category_id", Identifier, primary_key=True),
    Column("listed", Integer, nullable=False),
    CheckConstraint("listed >= 0", name="listed"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Number of listings per category, including everything below it, and of all listings (EVERYTHING).

Stored because counting them for every page is too slow.
"""

category_reindexing: Final = Table(
    "category_reindexing",
    metadata,
    Column("category_id", Identifier, ForeignKey(categories.c.id), primary_key=True),
    Column("after_product_id", Identifier, nullable=False),
    **TABLE_OPTIONS,
)
"""Categories whose products must be updated after a change of the tree, and the last product updated."""
