"""The audit trail."""

from typing import Final

from sqlalchemy import Column, Index, String, Table, Text
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.types import Identifier, UtcDateTime

# The tables' own collation takes a text with a trailing space for the one without.
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
    **TABLE_OPTIONS,
)
"""Only grows: in production the shop's own user may neither update nor delete its rows.

`user_id` is no foreign key: that would lock the user's row, for which other transactions of theirs wait. The fields
are JSON as it goes over the wire, digit by digit, which a JSON column would not keep.
"""
