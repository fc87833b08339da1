"""Promo codes and their uses."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.money import MAX_MINOR_UNITS

# The tables' own collation ignores trailing spaces when it compares.
_CODE_KEY: Final = String(40).with_variant(mysql.VARCHAR(40, collation="utf8mb4_0900_bin"), "mysql")

promo_codes: Final = Table(
    "promo_codes",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("code", String(40), nullable=False),
    Column("code_key", _CODE_KEY, nullable=False),
    Column("type", String(20), nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("min_subtotal", BigInteger),
    Column("starts_at", UtcDateTime),
    Column("ends_at", UtcDateTime),
    Column("usage_limit", Integer),
    Column("per_customer_limit", Integer),
    Column("public", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("times_used", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("targets", JSON(none_as_null=True)),
    UniqueConstraint("code_key", name="uq_promo_codes_code"),
    CheckConstraint(
        "(type = 'percent' AND value BETWEEN 1 AND 100)"
        f" OR (type = 'fixed' AND value BETWEEN 1 AND {MAX_MINOR_UNITS})"
        " OR (type = 'free_shipping' AND value = 0)",
        name="value",
    ),
    CheckConstraint(f"min_subtotal BETWEEN 0 AND {MAX_MINOR_UNITS}", name="min_subtotal"),
    CheckConstraint("starts_at < ends_at", name="window"),
    CheckConstraint("usage_limit >= 1", name="usage_limit"),
    CheckConstraint("per_customer_limit >= 1", name="per_customer_limit"),
    CheckConstraint(
        "times_used >= 0 AND (usage_limit IS NULL OR times_used <= usage_limit)", name="times_used"
    ),
    CheckConstraint("version >= 1", name="version"),
    **TABLE_OPTIONS,
)
"""`targets` limits a code to products, variants and categories, some of which may be gone; null: no limit."""

promo_uses: Final = Table(
    "promo_uses",
    metadata,
    Column("promo_code_id", Identifier, ForeignKey("promo_codes.id", ondelete="CASCADE"), primary_key=True),
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id")),
    Column("email_digest", Digest),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("order_id", name="uq_promo_uses_order_id"),
    CheckConstraint("user_id IS NOT NULL OR email_digest IS NOT NULL", name="customer"),
    Index("ix_promo_uses_user_id", "user_id", "promo_code_id"),
    Index("ix_promo_uses_email_digest", "email_digest", "promo_code_id"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""One row per use counted in its code's `times_used`; an order has at most one code."""
