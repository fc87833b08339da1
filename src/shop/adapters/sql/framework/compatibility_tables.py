"""Which versions of the shop may run on the current schema."""

from typing import Final

from sqlalchemy import Column, String, Table

from shop.adapters.sql.framework.metadata import INSERT_ONLY, TABLE_OPTIONS, metadata

compatible_revisions: Final = Table(
    "compatible_revisions",
    metadata,
    Column("revision", String(32), primary_key=True),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Versions of the shop, by the revision that each needs. Migrations write this table; the shop only reads it."""
