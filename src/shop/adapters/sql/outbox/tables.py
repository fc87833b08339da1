"""Events, the positions of their readers, webhooks and their deliveries."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Identifier, UtcDateTime
from shop.domain.outbox.schedule import MAX_ERROR_LENGTH
from shop.domain.outbox.webhook import MAX_DESCRIPTION_LENGTH, MAX_URL_LENGTH

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
"""The last position that each reader has read; also the last ones that were `assigned` and `purged`."""

_SECRET: Final = LargeBinary(500).with_variant(mysql.VARBINARY(500), "mysql")

webhooks: Final = Table(
    "webhooks",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("url", String(MAX_URL_LENGTH), nullable=False),
    Column("events", String(2_000), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("description", String(MAX_DESCRIPTION_LENGTH)),
    Column("made_by", Identifier, ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("secret", _SECRET, nullable=False),
    Column("former_secret", _SECRET),
    Column("former_until", UtcDateTime),
    Column("version", Integer, nullable=False),
    Index("ix_webhooks_made_by", "made_by"),
    **TABLE_OPTIONS,
)
"""`events` are the patterns of the event types, comma-separated; the secrets are encrypted."""

webhook_deliveries: Final = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("webhook_id", Identifier, nullable=False),
    Column("event_id", Identifier, nullable=False),
    Column("event_type", String(40), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", String(10), nullable=False),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("first_attempt_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("response_status", Integer),
    Column("error", String(MAX_ERROR_LENGTH)),
    Index("ix_webhook_deliveries_due_at", "webhook_id", "due_at", "id"),
    Index("ix_webhook_deliveries_created_at", "webhook_id", "created_at", "id"),
    Index("ix_webhook_deliveries_finished_at", "webhook_id", "status", "finished_at"),
    Index("ix_webhook_deliveries_age", "created_at"),
    **TABLE_OPTIONS,
)
"""`due_at` is null once a delivery is finished. `webhook_id` is no foreign key: it would lock the webhook's row."""
