"""Selling rules: shipping and tax."""

from typing import Final

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier

selling_rules: Final = Table(
    "selling_rules",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("zone_id", Identifier, ForeignKey("selling_rules.id")),
    Column("natural_key", String(80)),
    Column("version", Integer, nullable=False),
    Column("document", JSON(none_as_null=True)),
    UniqueConstraint("natural_key", name="uq_selling_rules_natural"),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("(kind = 'method') = (zone_id IS NOT NULL)", name="zone_id"),
    CheckConstraint("(kind = 'guard') = (document IS NULL)", name="document"),
    **TABLE_OPTIONS,
)
"""Shipping zones, shipping methods and tax rates: few, and always read together in one statement.

A method refers to its zone. No two tax rates share a `natural_key`. Writers lock the row `guard`.
"""
