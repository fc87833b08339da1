"""The sales ledger, and the sums over it that are kept ready."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.types import Identifier, UtcDateTime

MAX_ZONE: Final = 64

sales_entries: Final = Table(
    "sales_entries",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("refund_id", Identifier),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", Identifier, nullable=False),
    Column("item_id", Identifier, nullable=False),
    Column("product_id", Identifier, nullable=False),
    Column("begins_product", Boolean, nullable=False),
    Column("promo_code", String(40)),
    Column("quantity", Integer, nullable=False),
    Column("gross", BigInteger, nullable=False),
    Column("discount", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("disputed", BigInteger, nullable=False, server_default="0"),
    Column("folded", Boolean, nullable=False),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("discount BETWEEN 0 AND gross", name="discount"),
    CheckConstraint(
        "(quantity > 0 AND refund_id IS NULL AND refunded = 0 AND disputed = 0)"
        " OR (quantity = 0 AND gross = 0 AND refund_id IS NOT NULL AND refunded <> 0 AND disputed = 0)"
        " OR (quantity = 0 AND gross = 0 AND refund_id IS NULL AND refunded = 0 AND disputed <> 0)",
        name="kind",
    ),
    Index("ix_sales_entries_user_id", "user_id", "at"),
    Index("ix_sales_entries_at", "at"),
    Index("ix_sales_entries_folded", "folded", "at"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""One row per line of a paid order, and one per line's share of a refund or of a lost dispute. Only `folded` changes.

`folded` says that the row is in the figures below. No foreign key but the order's: a paid order's products and buyer
are those of its lines, and checking them again would lock rows that admins edit.
"""

figures_state: Final = Table(
    "figures_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("zone", String(MAX_ZONE), nullable=False),
    Column("building", String(MAX_ZONE), nullable=False),
    Column("built_until", Date),
    CheckConstraint("id = 1", name="id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""One row: whoever changes the figures locks it. `zone` is that of their days.

While they are rebuilt, `building` is the zone they are rebuilt for, and the months before `built_until` are done. They
are of no use as long as `zone` is ''.
"""


def _figures() -> list[Column[int]]:
    """The sums of every table of figures; new columns for each, since a column belongs to one table."""
    return [
        Column("orders", Integer, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in ("quantity", "gross", "discount", "refunded")),
        Column("disputed", BigInteger, nullable=False, server_default="0"),
    ]


daily_figures: Final = Table(
    "daily_figures",
    metadata,
    Column("day", Date, primary_key=True),
    *_figures(),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Sums over the folded entries of a day in the shop's time zone."""


def _item_figures() -> list[Column[Any]]:
    return [
        Column("product_id", Identifier, nullable=False),
        *_figures(),
        Column("product_orders", Integer, nullable=False),
    ]


item_days: Final = Table(
    "item_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("item_id", Identifier, primary_key=True),
    *_item_figures(),
    Index("ix_item_days_item_id", "item_id", "day"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The same by item; `orders` are those that had it.

`product_orders` are those of them that count for its product: of several variants in an order, one counts it.
"""

item_periods: Final = Table(
    "item_periods",
    metadata,
    Column("length", String(7), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("item_id", Identifier, primary_key=True),
    *_item_figures(),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The sums of `item_days` by blocks of days (`length` says which), so that a year is made of few rows."""

promo_code_days: Final = Table(
    "promo_code_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("promo_code", String(40), primary_key=True),
    *_figures(),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The same by the promo code of the orders; those without one are left out."""

order_days: Final = Table(
    "order_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("status", String(10), primary_key=True),
    Column("orders", Integer, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""How many orders that were placed on a day (in UTC) are counted under a status: see `order_states.counted_as`."""
