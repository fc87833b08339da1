"""Tables that belong to no package: schema versions, idempotency keys, rate limits, settings, the worker's tasks."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, String, Table
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import INSERT_ONLY, TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime

compatible_revisions: Final = Table(
    "compatible_revisions",
    metadata,
    Column("revision", String(32), primary_key=True),
    info=INSERT_ONLY,
    **TABLE_OPTIONS,
)
"""Versions of the shop, by the revision that each needs. Migrations write this table; the shop only reads it."""

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

stored_settings: Final = Table(
    "stored_settings",
    metadata,
    Column("variable", String(64), primary_key=True),
    Column("value", String(255), nullable=False),
    **TABLE_OPTIONS,
)
"""Each variable's value when stored numbers were first written. The shop refuses another value."""

worker_tasks: Final = Table(
    "worker_tasks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("reached", UtcDateTime),
    **TABLE_OPTIONS,
)
"""One worker holds the task until `leased_until`; the task is done up to the time `reached`."""
