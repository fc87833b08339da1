"""Add the staff's notes on orders.

Revision ID: 0029
Revises: 0028
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
compatible_since = "0027"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLE: Final = "order_notes"
INDEX: Final = "ix_order_notes_order_id"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notes")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notes_order_id_orders")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_order_notes_author_id_users")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    if INDEX not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}:
        op.create_index(INDEX, TABLE, ["order_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
