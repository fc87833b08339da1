"""Add postponed work: what failed on an order waits, per kind of work, and longer after each failure.

Revision ID: 0018
Revises: 0017
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
compatible_since = "0016"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLE: Final = "postponed_work"
INDEX: Final = "ix_postponed_work_until"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("order_id", ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_postponed_work_failures")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_postponed_work_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "kind", name=op.f("pk_postponed_work")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    if INDEX not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}:
        op.create_index(INDEX, TABLE, ["until"])


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
