"""Events and the positions of their readers."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.types import Identifier, UtcDateTime

_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
_JSON: Final = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")

events: Final = Table(
    "events",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", Identifier, nullable=False),
    Column("position", BigInteger),
    Column("type", String(40), nullable=False),
    Column("subject_id", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("data", _JSON, nullable=False),
    Column("personal", _JSON),
    UniqueConstraint("id", name="uq_events_id"),
    UniqueConstraint("position", name="uq_events_position"),
    Index("ix_events_subject_id", "subject_id"),
    sqlite_autoincrement=True,
    **TABLE_OPTIONS,
)
"""`number` is the order of insertion, `position` the order in which events are read; null until it is assigned.

The columns `data` and `personal` contain JSON as it is sent to clients, with every digit; a JSON column would not
preserve the digits.
"""

event_positions: Final = Table(
    "event_positions",
    metadata,
    Column("reader", String(40), primary_key=True),
    Column("position", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""How far each reader of the events has come; also the last position that was assigned, and that was deleted."""
