"""Settings that define the meaning of stored numbers."""

from typing import Final

from sqlalchemy import Column, String, Table

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata

stored_settings: Final = Table(
    "stored_settings",
    metadata,
    Column("variable", String(64), primary_key=True),
    Column("value", String(255), nullable=False),
    **TABLE_OPTIONS,
)
"""Each variable's value when stored numbers were first written. The shop refuses another value."""
