"""Users with their roles, API keys, sessions, addresses and second factors, and login attempts."""

from typing import Final

from sqlalchemy import (
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
)
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import Digest, Identifier, UtcDateTime
from shop.domain.accounts.address_book import MAX_LABEL_LENGTH
from shop.domain.address import MAX_FIELD_LENGTH
from shop.domain.catalogue.search import MAX_NAME_KEY_LENGTH

roles: Final = Table(
    "roles",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", String(50), nullable=False),
    Column("name_key", String(200), nullable=False),
    # Separated by commas, in declaration order.
    Column("permissions", String(1000), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Unique("name_key", name="uq_roles_name"),
    **TABLE_OPTIONS,
)

users: Final = Table(
    "users",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("username", String(50), nullable=False),
    Column("username_key", String(50), nullable=False),
    Column("email", String(254)),
    Column("email_key", String(254)),
    Column("display_name", String(100)),
    Column("display_name_key", String(MAX_NAME_KEY_LENGTH)),
    Column("password_hash", String(255)),
    Column("role", String(16), nullable=False),
    Column("role_id", Identifier, ForeignKey("roles.id")),
    Column("active", Boolean, nullable=False),
    Column("email_verified", Boolean, nullable=False, server_default="0"),
    Column("verified_email_digest", Digest),
    Column("totp_enabled", Boolean, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Unique("username_key", name="uq_users_username"),
    Unique("email_key", name="uq_users_email"),
    CheckConstraint("role IN ('customer', 'admin')", name="role"),
    CheckConstraint("role = 'customer' OR role_id IS NULL", name="role_id"),
    CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email"),
    CheckConstraint(
        "closed_at IS NULL OR"
        " (active = 0 AND email IS NULL AND display_name IS NULL AND password_hash IS NULL)",
        name="closed",
    ),
    Index("ix_users_display_name_key", "display_name_key"),
    Index("ix_users_verified_email_digest", "verified_email_digest", unique=True),
    Index("ix_users_role", "role", "active"),
    Index("ix_users_role_id", "role_id"),
    Index("ix_users_created_at", "role", "created_at"),
    Index("ix_users_closed_at", "closed_at", "id"),
    **TABLE_OPTIONS,
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("name_key", String(400), nullable=False),
    Column("prefix", String(20), nullable=False),
    Column("digest", Digest, nullable=False),
    Column("permissions", String(1000), nullable=False),
    Column("made_by", Identifier, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Unique("digest", name="uq_api_keys_digest"),
    Index("ix_api_keys_name_key", "name_key"),
    **TABLE_OPTIONS,
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False, index=True),
    Column("refresh_digest", Digest, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("revoked_at", UtcDateTime),
    Column("rotated_at", UtcDateTime),
    Unique("refresh_digest", name="uq_sessions_refresh_digest"),
    **TABLE_OPTIONS,
)

spent_refresh_tokens: Final = Table(
    "spent_refresh_tokens",
    metadata,
    Column("digest", Digest, primary_key=True),
    Column(
        "session_id", Identifier, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    **TABLE_OPTIONS,
)

login_attempts: Final = Table(
    "login_attempts",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("account", Digest, nullable=False),
    Column("address", Digest, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("failed", Boolean, nullable=False),
    Index("ix_login_attempts_account", "account", "at"),
    Index("ix_login_attempts_address", "address", "at"),
    **TABLE_OPTIONS,
)

login_addresses: Final = Table(
    # The addresses that users logged in from; `address` is a keyed digest.
    "login_addresses",
    metadata,
    Column("user_id", Identifier, ForeignKey("users.id"), primary_key=True),
    Column("address", Digest, primary_key=True),
    Column("logged_in_at", UtcDateTime, nullable=False, index=True),
    **TABLE_OPTIONS,
)

user_addresses: Final = Table(
    "user_addresses",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False),
    Column("label", String(MAX_LABEL_LENGTH)),
    Column("name", String(MAX_FIELD_LENGTH), nullable=False),
    Column("company", String(MAX_FIELD_LENGTH)),
    Column("line1", String(MAX_FIELD_LENGTH), nullable=False),
    Column("line2", String(MAX_FIELD_LENGTH)),
    Column("city", String(MAX_FIELD_LENGTH), nullable=False),
    Column("region", String(MAX_FIELD_LENGTH)),
    Column("postal_code", String(MAX_FIELD_LENGTH)),
    Column("country", String(2), nullable=False),
    Column("phone", String(MAX_FIELD_LENGTH)),
    Column("default_of", Identifier),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Unique("default_of", name="uq_user_addresses_default_of"),
    CheckConstraint("default_of IS NULL OR default_of = user_id", name="default_of"),
    CheckConstraint("version >= 1", name="version"),
    Index("ix_user_addresses_user_id", "user_id", "created_at", "id"),
    **TABLE_OPTIONS,
)
"""Users' saved addresses. `default_of` is the user whose default it is: unique, so at most one default per user."""

_SEALED: Final = LargeBinary(255).with_variant(mysql.VARBINARY(255), "mysql")

second_factors: Final = Table(
    "second_factors",
    metadata,
    Column("user_id", Identifier, ForeignKey("users.id"), primary_key=True),
    Column("secret", _SEALED),
    Column("pending_secret", _SEALED),
    Column("last_step", BigInteger),
    **TABLE_OPTIONS,
)

recovery_codes: Final = Table(
    "recovery_codes",
    metadata,
    Column("user_id", Identifier, ForeignKey("users.id"), primary_key=True),
    Column("digest", Digest, primary_key=True),
    **TABLE_OPTIONS,
)

login_counters: Final = Table(
    # One row per account and one per address; locked while attempts are counted.
    "login_counters",
    metadata,
    Column("subject", Digest, primary_key=True),
    Column("touched_at", UtcDateTime, nullable=False, index=True),
    **TABLE_OPTIONS,
)
