"""Rate limits."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, Table

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, UtcDateTime

rate_limits: Final = Table(
    "rate_limits",
    metadata,
    Column("subject", Digest, primary_key=True),
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("events", Integer, nullable=False),
    CheckConstraint("events >= 1", name="events"),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""The number of events of a subject since its current window began."""
