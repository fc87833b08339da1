"""The sandbox provider's records, kept apart: no foreign keys to or from the shop's own tables."""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, String, Table, UniqueConstraint

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime

sandbox_intents: Final = Table(
    "sandbox_intents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_id", Identifier, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("client_secret", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("created_at", UtcDateTime),
    UniqueConstraint("order_id", "attempt", name="uq_sandbox_intents_attempt"),
    UniqueConstraint("client_secret", name="uq_sandbox_intents_client_secret"),
    CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded"),
    **TABLE_OPTIONS,
)

sandbox_refunds: Final = Table(
    "sandbox_refunds",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("intent_id", String(64), nullable=False),
    Column("amount", BigInteger, nullable=False),
    **TABLE_OPTIONS,
)
