"""Products and their stock; the listings that visitors browse, and the words that they search for."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shop.adapters.sql.framework.metadata import INSERT_ONLY, TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.catalogue.category import MAX_CATEGORY
from shop.domain.catalogue.picture import MAX_ALT, MAX_SIDE
from shop.domain.catalogue.product import MAX_NAME, MAX_TAX_CLASS, MAX_VENDOR
from shop.domain.catalogue.search import MAX_NAME_KEY_LENGTH, MAX_WORD_LENGTH
from shop.domain.catalogue.slug import MAX_SLUG
from shop.domain.catalogue.stock import MAX_STOCK
from shop.domain.catalogue.variant import MAX_BARCODE, MAX_IMAGE_URL, MAX_SKU, MAX_VARIANTS, MAX_WEIGHT
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.rules import MAX_REASON

products: Final = Table(
    "products",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("sku", String(MAX_SKU)),
    Column("name", String(MAX_NAME), nullable=False),
    Column("description", Text, nullable=False),
    Column("slug", String(MAX_SLUG)),
    Column("category", String(MAX_CATEGORY)),
    Column("category_ids", JSON(none_as_null=True)),
    Column("price", BigInteger, nullable=False),
    Column("compare_at_price", BigInteger),
    Column("image_url", String(MAX_IMAGE_URL)),
    Column("active", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("vendor", String(MAX_VENDOR)),
    Column("requires_shipping", Boolean, nullable=False),
    Column("tax_class", String(MAX_TAX_CLASS), nullable=False),
    Column("withdrawable", Boolean, nullable=False),
    Column("options", JSON(none_as_null=True)),
    Column("price_to", BigInteger, nullable=False),
    Column("prior_price", BigInteger),
    Column("weight", Integer),
    Column("variant_count", Integer, nullable=False),
    Column("attributes", JSON(none_as_null=True)),
    Column("images", JSON(none_as_null=True)),
    Column(
        "on_sale", Boolean, Computed("active AND NOT deleted AND compare_at_price > price", persisted=False)
    ),
    Column(
        "price_varies",
        Boolean,
        Computed("active AND NOT deleted AND (price_to > price OR variant_count = 0)", persisted=False),
    ),
    UniqueConstraint("sku", name="uq_products_sku"),
    CheckConstraint(f"price BETWEEN 0 AND {MAX_MINOR_UNITS}", name="price"),
    CheckConstraint(f"compare_at_price BETWEEN 0 AND {MAX_MINOR_UNITS}", name="compare_at_price"),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("NOT deleted OR sku IS NULL", name="deleted_without_sku"),
    Index("uq_products_slug", "slug", unique=True),
    Index("ix_products_active", "active", "deleted", "updated_at"),
    Index("ix_products_on_sale", "on_sale", "updated_at"),
    Index("ix_products_price_varies", "price_varies"),
    Index("ix_products_updated_at", "updated_at"),
    **TABLE_OPTIONS,
)
"""Products. Deleted rows stay, because their variants do. Only edits by the shop's owner write here.

The row repeats what lists show of the variants: price, compare-at and prior price of the cheapest active variant,
`price_to` (the highest active price), `variant_count` (the number of active variants), sku and weight of a single
variant, and `options` ([[name, [values]]]; null if none). The transaction that changes the variants updates it.
`price_varies` marks listed products whose price alone does not tell whether an active variant is in a price range.
`category_ids` repeats product_categories (null if none), and `category` the main category's name.
`attributes` is [[name, value]], in an array because MySQL sorts the names of objects; null if none.
`images` is [[picture id, alternative text, width, height]]; null if none.
"""

former_slugs: Final = Table(
    "former_slugs",
    metadata,
    Column("slug", String(MAX_SLUG), primary_key=True),
    Column("product_id", Identifier, ForeignKey(products.c.id), nullable=False),
    **TABLE_OPTIONS,
)
"""Slugs that products had before, each with the last product that gave it up. Current slugs take precedence."""

variants: Final = Table(
    "variants",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("product_id", Identifier, ForeignKey(products.c.id), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sku", String(MAX_SKU)),
    Column("options", JSON(none_as_null=True)),
    Column("price", BigInteger, nullable=False),
    Column("compare_at_price", BigInteger),
    Column("prior_price", BigInteger),
    Column("weight", Integer),
    Column("barcode", String(MAX_BARCODE)),
    Column("image_url", String(MAX_IMAGE_URL)),
    Column("active", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    UniqueConstraint("sku", name="uq_variants_sku"),
    CheckConstraint(f"price BETWEEN 0 AND {MAX_MINOR_UNITS}", name="price"),
    CheckConstraint(f"compare_at_price BETWEEN 0 AND {MAX_MINOR_UNITS}", name="compare_at_price"),
    CheckConstraint(f"weight BETWEEN 0 AND {MAX_WEIGHT}", name="weight"),
    CheckConstraint(f"position BETWEEN 0 AND {MAX_VARIANTS - 1}", name="position"),
    CheckConstraint("NOT deleted OR sku IS NULL", name="deleted_without_sku"),
    Index("ix_variants_product_id", "product_id", "position"),
    **TABLE_OPTIONS,
)
"""Variants: the items of carts, orders and figures. Deleted rows stay, because orders refer to them.

Writers hold the lock on the product's row. `options` is [[name, value]] in the order of the product's options; null
if none. A deleted variant keeps its last options.
"""

pictures: Final = Table(
    "pictures",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("digest", Digest, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("alt", String(MAX_ALT), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("digest", name="uq_pictures_digest"),
    CheckConstraint(f"width BETWEEN 1 AND {MAX_SIDE}", name="width"),
    CheckConstraint(f"height BETWEEN 1 AND {MAX_SIDE}", name="height"),
    CheckConstraint("version >= 1", name="version"),
    **TABLE_OPTIONS,
)
"""Uploaded pictures. Their files are in the media store."""

picture_uses: Final = Table(
    "picture_uses",
    metadata,
    Column("picture_id", Identifier, ForeignKey(pictures.c.id), primary_key=True),
    Column("product_id", Identifier, ForeignKey(products.c.id), primary_key=True),
    Column("shown", Boolean, nullable=False),
    Index("ix_picture_uses_product_id", "product_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Which products show a picture, or have shown it: orders of these products may show it still."""

price_changes: Final = Table(
    "price_changes",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("item_id", Identifier, ForeignKey(variants.c.id), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("former_price", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    CheckConstraint("price <> former_price", name="price"),
    Index("ix_price_changes_item_id", "item_id", "at"),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Append-only: every change of a variant's price."""

stock: Final = Table(
    "stock",
    metadata,
    Column("item_id", Identifier, ForeignKey(variants.c.id), primary_key=True),
    Column("product_id", Identifier, nullable=False),
    Column("initial", Integer, nullable=False),
    Column("available", Integer, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("sold_out", Boolean, Computed("listed AND (available = 0 OR NOT active)", persisted=False)),
    CheckConstraint(f"available BETWEEN 0 AND {MAX_STOCK}", name="available"),
    CheckConstraint(f"initial BETWEEN 0 AND {MAX_STOCK}", name="initial"),
    Index("ix_stock_sold_out", "sold_out", "product_id"),
    Index("ix_stock_product_id", "product_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Stock, separate from variants: order lines reference variants, which would lock the rows that checkouts update.

`active` repeats the variant's. `listed` marks the rows that decide whether a listed product is sold out: the rows of
its active variants or, if there is none, of its first variant. A listed product is sold out if all its `listed` rows
are `sold_out`, which an index covers. A variant that is `listed` and `active` can be sold.
"""

stock_adjustments: Final = Table(
    "stock_adjustments",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("item_id", Identifier, ForeignKey(variants.c.id), nullable=False),
    Column("change", Integer, nullable=False),
    Column("available", Integer, nullable=False),
    Column("reason", String(MAX_REASON)),
    Column("made_by", Identifier, ForeignKey("users.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("available >= 0", name="available"),
    Index("ix_stock_adjustments_item_id", "item_id", "id"),
    Index("ix_stock_adjustments_made_by", "made_by"),
    **TABLE_OPTIONS,
)
"""Every stock change other than a sale. stock.initial + changes - units in orders = stock.available."""

product_sales: Final = Table(
    "product_sales",
    metadata,
    Column("item_id", Identifier, ForeignKey(variants.c.id), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("product_id", Identifier, nullable=False),
    Column("units", Integer, nullable=False),
    CheckConstraint("units > 0", name="units"),
    Index("ix_product_sales_day", "day", "product_id"),
    Index("ix_product_sales_product_id", "product_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Units of an item sold per day, kept as long as they count towards popularity."""

listings: Final = Table(
    "listings",
    metadata,
    Column("product_id", Identifier, ForeignKey(products.c.id), primary_key=True),
    Column("price", BigInteger, nullable=False),
    Column("name_key", String(MAX_NAME_KEY_LENGTH), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("units", Integer, nullable=False),
    CheckConstraint("units >= 0", name="units"),
    Index("ix_listings_price", "price", "product_id"),
    Index("ix_listings_name_key", "name_key", "product_id", "price"),
    Index("ix_listings_created_at", "created_at", "product_id", "price"),
    Index("ix_listings_units", "units", "product_id", "price"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""One narrow row per product that visitors see, with every sort column: a page walks one index.

`units` is the sum of the product's rows in product_sales.
"""

product_words: Final = Table(
    "product_words",
    metadata,
    Column("word", String(MAX_WORD_LENGTH), primary_key=True),
    Column("product_id", Identifier, ForeignKey(listings.c.product_id, ondelete="CASCADE"), primary_key=True),
    Column("weight", SmallInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Index("ix_product_words_product_id", "product_id", "word", "weight"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The search index: the folded words of every listing, each with the weight of its best field.

`price` repeats the listing's, so that a search filtered by price need not look up every listing that has a word.
"""

word_counts: Final = Table(
    "word_counts",
    metadata,
    Column("word", String(MAX_WORD_LENGTH), primary_key=True),
    Column("listed", Integer, nullable=False),
    CheckConstraint("listed >= 0", name="listed"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Number of listings per word; a search starts with the rarest word."""
