"""Idempotency keys."""

from typing import Final

from sqlalchemy import Column, LargeBinary, String, Table
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime

idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("scope", LargeBinary(64).with_variant(mysql.VARBINARY(64), "mysql"), primary_key=True),
    Column("key", LargeBinary(255).with_variant(mysql.VARBINARY(255), "mysql"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("order_id", Identifier, key="subject_id"),
    Column("answer", LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
"""`subject_id` references no row while its order or refund is being created, because the key is the transaction's
first insert. The column is named `order_id` for historical reasons: at first, only orders had keys.
"""
