"""Payments, refunds, and the provider's events that were applied."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus

_STORED: Final = [
    status for status in PaymentStatus if status not in {PaymentStatus.NONE, PaymentStatus.UNAVAILABLE}
]

payments: Final = Table(
    "payments",
    metadata,
    Column("order_id", Identifier, ForeignKey("orders.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("provider", String(20), nullable=False),
    Column("intent_id", String(255), nullable=False),
    Column("client_secret", String(500), nullable=False),
    Column("status", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("account", String(64)),
    UniqueConstraint("intent_id", name="uq_payments_intent_id"),
    CheckConstraint("attempt >= 1", name="attempt"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint(
        "status IN ({})".format(", ".join(f"'{status.value}'" for status in _STORED)), name="status"
    ),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)

refunds: Final = Table(
    "refunds",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("order_id", Identifier, ForeignKey("orders.id"), nullable=False, index=True),
    Column("intent_id", String(255), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reason", String(500)),
    Column("restock", Boolean, nullable=False),
    Column("status", String(10), nullable=False),
    Column("provider_refund_id", String(255)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("items", JSON(none_as_null=True)),
    Column("restocked", JSON(none_as_null=True)),
    Column("failure_reason", String(200)),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("tax = 0 OR tax BETWEEN 0 AND amount", name="tax"),
    CheckConstraint(
        "status IN ({})".format(", ".join(f"'{status.value}'" for status in RefundStatus)), name="status"
    ),
    Index("ix_refunds_status", "status", "created_at"),
    Index("ix_refunds_created_at", "created_at"),
    **TABLE_OPTIONS,
)
"""`items` and `restocked` are lists of [item id, units]: the units refunded, and the units returned to stock."""

provider_events: Final = Table(
    "provider_events",
    metadata,
    Column("event_id", LargeBinary(255).with_variant(mysql.VARBINARY(255), "mysql"), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    **TABLE_OPTIONS,
)
"""Ids compare by their bytes: a MySQL text comparison would ignore a trailing space."""
