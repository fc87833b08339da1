"""Add messages, requests for password resets, and the verification of email addresses.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0037
Revises: 0036
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None
compatible_since = "0036"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TEXT: Final = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
INNODB: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INDEXES: Final = ("due_at", "user_id", "order_id", "queued_at")


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("template", sa.String(32), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("facts", TEXT, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("order_id", ID),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("error", sa.String(300)),
        sa.Column("resends", sa.Integer, nullable=False),
        sa.Column("token_digest", DIGEST),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("token_digest", name="uq_messages_token_digest"),
        sa.CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name=op.f("ck_messages_status")),
        sa.CheckConstraint("(status = 'pending') = (due_at IS NOT NULL)", name=op.f("ck_messages_due_at")),
        if_not_exists=True,
        **INNODB,
    )
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("messages")}
    for column in INDEXES:
        if f"ix_messages_{column}" not in present:
            op.create_index(f"ix_messages_{column}", "messages", [column])
    op.create_table(
        "reset_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reset_requests"),
        if_not_exists=True,
        **INNODB,
    )
    if "email_verified" not in _columns_of_users():
        op.add_column("users", sa.Column("email_verified", sa.Boolean, nullable=False, server_default="0"))


def downgrade() -> None:
    if "email_verified" in _columns_of_users():
        op.drop_column("users", "email_verified")
    op.drop_table("reset_requests", if_exists=True)
    op.drop_table("messages", if_exists=True)


def _columns_of_users() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")}
