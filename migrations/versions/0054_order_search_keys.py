"""Add the keys by which staff find orders: the buyer's names and email address.

Revision ID: 0054
Revises: 0053
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None
# Orders that an older version stores could not be found.
compatible_since = "0054"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
TABLE: Final = "order_search_keys"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("search_key", sa.String(254), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("search_key", "order_id", name=op.f("pk_order_search_keys")),
        sqlite_with_rowid=False,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
