"""The audit trail."""

from typing import Final

from sqlalchemy import Column, Index, String, Table, Text
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import INSERT_ONLY, TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime

# The tables' own collation ignores trailing spaces when it compares.
_SUBJECT_ID: Final = String(40).with_variant(mysql.VARCHAR(40, collation="utf8mb4_0900_bin"), "mysql")
_FIELDS: Final = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")

audit_entries: Final = Table(
    "audit_entries",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", Identifier),
    Column("api_key_id", Identifier),
    Column("action", String(40), nullable=False),
    Column("subject_kind", String(20), nullable=False),
    Column("subject_id", _SUBJECT_ID, nullable=False),
    Column("fields_before", _FIELDS, nullable=False),
    Column("fields_after", _FIELDS, nullable=False),
    Index("ix_audit_entries_at", "at", "id"),
    Index("ix_audit_entries_user_id", "user_id", "at", "id"),
    Index("ix_audit_entries_api_key_id", "api_key_id", "at", "id"),
    Index("ix_audit_entries_subject_kind", "subject_kind", "at", "id"),
    Index("ix_audit_entries_subject_id", "subject_id", "at", "id"),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Append-only: in production the shop's database user may neither update nor delete rows.

`user_id` is no foreign key: a foreign key would lock the user's row, and that user's other transactions would wait.
The fields contain JSON as it is sent to clients, with every digit; a JSON column would not preserve the digits.
"""
