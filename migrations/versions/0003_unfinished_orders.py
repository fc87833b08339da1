"""Add leases for workers, a mark for disputed orders, and the time of sandbox payments.

Every statement can run again: MySQL commits each one separately, so an interrupted migration starts over.

Revision ID: 0003
Revises: 0002
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
COLUMNS: Final = (
    ("order_states", "disputed_at"),
    ("order_states", "leased_until"),
    ("sandbox_intents", "created_at"),
)


def upgrade() -> None:
    for table, name in COLUMNS:
        if not has_column(table, name):
            op.add_column(table, sa.Column(name, MOMENT))
    op.execute(
        "UPDATE sandbox_intents SET created_at ="
        " (SELECT orders.created_at FROM orders WHERE orders.id = sandbox_intents.order_id)"
        " WHERE created_at IS NULL"
    )
    op.create_table(
        "worker_tasks",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("leased_until", MOMENT, nullable=False),
        sa.Column("reached", MOMENT),
        sa.PrimaryKeyConstraint("name", name="pk_worker_tasks"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("worker_tasks", if_exists=True)
    for table, name in COLUMNS:
        if has_column(table, name):
            op.drop_column(table, name)


def has_column(table: str, name: str) -> bool:
    return name in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
