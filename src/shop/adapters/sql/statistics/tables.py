"""The sales ledger, and the maintained sums over it."""

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

from shop.adapters.sql.framework.metadata import CHANGES_GRANTED, TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime

MAX_ZONE: Final = 64

sales_entries: Final = Table(
    "sales_entries",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("refund_id", Identifier),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", Identifier),
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
    Column("shipping", BigInteger, nullable=False, server_default="0"),
    Column("shipping_tax", BigInteger, nullable=False, server_default="0"),
    Column("tax_added", BigInteger, nullable=False, server_default="0"),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("discount BETWEEN 0 AND gross", name="discount"),
    CheckConstraint(
        "(quantity > 0 AND refund_id IS NULL AND refunded = 0 AND disputed = 0)"
        " OR (quantity = 0 AND gross = 0 AND refund_id IS NOT NULL AND disputed = 0"
        " AND (refunded <> 0 OR shipping <> 0 OR tax <> 0))"
        " OR (quantity = 0 AND gross = 0 AND refund_id IS NULL AND refunded = 0"
        " AND (disputed <> 0 OR shipping <> 0 OR tax <> 0))",
        name="kind",
    ),
    CheckConstraint("tax_added = 0 OR tax_added = tax", name="tax_added"),
    Index("ix_sales_entries_user_id", "user_id", "at"),
    Index("ix_sales_entries_at", "at"),
    Index("ix_sales_entries_folded", "folded", "at"),
    sqlite_with_rowid=False,
    info={CHANGES_GRANTED: "UPDATE (`folded`, `user_id`)"},
    **TABLE_OPTIONS,
)
"""One row per line of a paid order, and one per line's share of a refund or of a lost dispute.

Only `folded` changes, and `user_id` when an account claims a guest's order.

`shipping` and `tax` are signed: collected, less returned. `shipping_tax` and `tax_added` are parts of `tax`.

`folded` says whether the figures below contain the row. The order is the only foreign key: products and buyer are the
order's own, and checking them again would lock rows that admins edit.
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
"""A single row, locked by every process that changes the figures. `zone` is the time zone of the figures' days.

During a rebuild, `building` is the zone of the new figures, and the months before `built_until` are done. While `zone`
is '', the figures are not usable.
"""


def _figures() -> list[Column[int]]:
    """Return the sum columns of a table of figures; new ones each time, since a column belongs to one table."""
    return [
        Column("orders", Integer, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in ("quantity", "gross", "discount", "refunded")),
        Column("disputed", BigInteger, nullable=False, server_default="0"),
    ]


SUMS: Final = tuple(column.name for column in _figures())
"""The names of the sum columns of every table of figures."""

daily_figures: Final = Table(
    "daily_figures",
    metadata,
    Column("day", Date, primary_key=True),
    *_figures(),
    *(
        Column(name, BigInteger, nullable=False, server_default="0")
        for name in ("shipping", "tax", "tax_added")
    ),
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
"""Daily sums by item; `orders` is the number of orders that contain the item.

`product_orders` is the number of those that count towards its product: of several variants in an order, one counts.
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
"""The sums of `item_days` by blocks of days (of the kind `length`), so that a year takes few rows."""

promo_code_days: Final = Table(
    "promo_code_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("promo_code", String(40), primary_key=True),
    *_figures(),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Daily sums by the orders' promo code; orders without one are left out."""

order_days: Final = Table(
    "order_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("status", String(10), primary_key=True),
    Column("orders", Integer, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""Number of orders placed on a day (in UTC) that are counted under a status: see `order_states.counted_as`."""
