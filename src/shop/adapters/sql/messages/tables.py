"""Messages, and requests for password resets."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.messages.message import MAX_SUBJECT_LENGTH
from shop.domain.outbox.schedule import MAX_ERROR_LENGTH

_FACTS: Final = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")

messages: Final = Table(
    # No foreign keys: they would lock the rows of users and orders.
    "messages",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("template", String(32), nullable=False),
    Column("recipient", String(254), nullable=False),
    Column("subject", String(MAX_SUBJECT_LENGTH), nullable=False),
    Column("facts", _FACTS, nullable=False),
    Column("user_id", Identifier),
    Column("order_id", Identifier),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("error", String(MAX_ERROR_LENGTH)),
    Column("resends", Integer, nullable=False),
    Column("token_digest", Digest),
    Unique("token_digest", name="uq_messages_token_digest"),
    CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name="status"),
    CheckConstraint("(status = 'pending') = (due_at IS NOT NULL)", name="due_at"),
    Index("ix_messages_due_at", "due_at"),
    Index("ix_messages_user_id", "user_id"),
    Index("ix_messages_order_id", "order_id"),
    Index("ix_messages_queued_at", "queued_at"),
    **TABLE_OPTIONS,
)

reset_requests: Final = Table(
    "reset_requests",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", Identifier),
    Column("at", UtcDateTime, nullable=False),
    **TABLE_OPTIONS,
)
