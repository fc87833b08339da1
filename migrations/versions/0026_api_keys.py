"""Add API keys, and the key with which an audited change was made.

On MySQL the shop's own user needs UPDATE on the new table: see docker/mysql-grants.sql.

Revision ID: 0026
Revises: 0025
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
compatible_since = "0025"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
INDEXES: Final = (
    ("ix_api_keys_made_by", "api_keys", ["made_by"]),
    ("ix_api_keys_name_key", "api_keys", ["name_key"]),
    ("ix_audit_entries_api_key_id", "audit_entries", ["api_key_id", "at", "id"]),
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("permissions", sa.String(length=1000), nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_api_keys_made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    if "api_key_id" not in _names("columns", "audit_entries"):
        op.add_column("audit_entries", sa.Column("api_key_id", ID, nullable=True))
    for name, table, columns in INDEXES:
        if name not in _names("indexes", table):
            op.create_index(name, table, columns)


def downgrade() -> None:
    if "ix_audit_entries_api_key_id" in _names("indexes", "audit_entries"):
        op.drop_index("ix_audit_entries_api_key_id", table_name="audit_entries")
    if "api_key_id" in _names("columns", "audit_entries"):
        op.drop_column("audit_entries", "api_key_id")
    op.drop_table("api_keys", if_exists=True)


def _names(kind: str, table: str) -> set[str]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
