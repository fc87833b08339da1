"""Add events, and the positions of their readers.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0032
Revises: 0031
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
compatible_since = "0031"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_TEXT: Final = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
OPTIONS: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("data", JSON_TEXT, nullable=False),
        sa.Column("personal", JSON_TEXT),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sa.UniqueConstraint("position", name="uq_events_position"),
        sa.Index("ix_events_subject_id", "subject_id"),
        sqlite_autoincrement=True,
        if_not_exists=True,
        **OPTIONS,
    )
    op.create_table(
        "event_positions",
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_event_positions")),
        sqlite_with_rowid=False,
        if_not_exists=True,
        **OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("event_positions", if_exists=True)
    op.drop_table("events", if_exists=True)
