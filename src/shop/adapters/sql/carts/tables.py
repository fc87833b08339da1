"""Carts."""

from typing import Final

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.carts.cart import MAX_QUANTITY

carts: Final = Table(
    "carts",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id")),
    Column("promo_code", String(40)),
    Column("version", Integer, nullable=False),
    Column("token_digest", Digest),
    Column("touched_at", UtcDateTime),
    Column("shipping", JSON(none_as_null=True)),
    UniqueConstraint("user_id", name="uq_carts_user_id"),
    UniqueConstraint("token_digest", name="uq_carts_token_digest"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(user_id IS NULL) <> (token_digest IS NULL)", name="buyer"),
    CheckConstraint("(touched_at IS NULL) = (token_digest IS NULL)", name="touched_at"),
    Index("ix_carts_touched_at", "touched_at"),
    **TABLE_OPTIONS,
)
"""A cart is a customer's or a guest's. `touched_at` is when a guest last changed it.

`shipping` is the shipping choice: `method_id`, `country`, `region`, `postal_code`; null if none was made.
"""

cart_lines: Final = Table(
    "cart_lines",
    metadata,
    Column("cart_id", Identifier, ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True),
    Column("item_id", Identifier, ForeignKey("variants.id"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""`position` is the cart's version when the line was added: it increases, with gaps where lines were removed."""
