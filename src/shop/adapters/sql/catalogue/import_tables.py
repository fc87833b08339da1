"""Imports of catalogue files, the parts of their files, and what they report."""

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime
from shop.domain.catalogue.catalogue_import import MAX_COLUMN_LENGTH, MAX_MESSAGE_LENGTH
from shop.domain.catalogue.slug import MAX_SLUG

_CHUNK: Final = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")

imports: Final = Table(
    # No foreign keys to users and API keys: they would lock their rows.
    "imports",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("user_id", Identifier),
    Column("api_key_id", Identifier),
    Column("dry_run", Boolean, nullable=False),
    Column("set_stock", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("leased_until", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("row_count", Integer, nullable=False),
    Column("product_count", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("processed", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False),
    Column("error_count", Integer, nullable=False),
    Column("warning_count", Integer, nullable=False, server_default="0"),
    Column("unknown_columns", JSON),
    CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name="status"),
    CheckConstraint("position = created + updated + unchanged + skipped + failed", name="position"),
    Index("ix_imports_finished_at", "finished_at", "created_at"),
    **TABLE_OPTIONS,
)

import_chunks: Final = Table(
    "import_chunks",
    metadata,
    Column("import_id", Identifier, ForeignKey(imports.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("content", _CHUNK, nullable=False),
    **TABLE_OPTIONS,
)


def _row_messages(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("import_id", Identifier, ForeignKey(imports.c.id), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("line", Integer, nullable=False),
        Column("header", String(MAX_COLUMN_LENGTH)),
        Column("message", String(MAX_MESSAGE_LENGTH), nullable=False),
        sqlite_with_rowid=False,
        **TABLE_OPTIONS,
    )


import_errors: Final = _row_messages("import_errors")
import_warnings: Final = _row_messages("import_warnings")

import_changes: Final = Table(
    "import_changes",
    metadata,
    Column("import_id", Identifier, ForeignKey(imports.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
    Column("handle", String(MAX_SLUG), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("fields", Text, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
