"""Add webhooks and their deliveries.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0038
Revises: 0037
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None
compatible_since = "0036"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
SECRET: Final = sa.LargeBinary(500).with_variant(mysql.VARBINARY(500), "mysql")
OPTIONS: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.String(length=2000), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(length=200)),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("secret", SECRET, nullable=False),
        sa.Column("former_secret", SECRET),
        sa.Column("former_until", MOMENT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_webhooks_made_by")),
        sa.Index("ix_webhooks_made_by", "made_by"),
        if_not_exists=True,
        **OPTIONS,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("event_type", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("response_status", sa.Integer()),
        sa.Column("error", sa.String(length=300)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.Index("ix_webhook_deliveries_due_at", "webhook_id", "due_at", "id"),
        sa.Index("ix_webhook_deliveries_created_at", "webhook_id", "created_at", "id"),
        sa.Index("ix_webhook_deliveries_finished_at", "webhook_id", "status", "finished_at"),
        sa.Index("ix_webhook_deliveries_age", "created_at"),
        if_not_exists=True,
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("webhook_deliveries", if_exists=True)
    op.drop_table("webhooks", if_exists=True)
