"""Add the users' address books.

Revision ID: 0022
Revises: 0021
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
compatible_since = "0021"

TABLE: Final = "user_addresses"
INDEX: Final = "ix_user_addresses_user_id"
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("label", sa.String(100)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("company", sa.String(200)),
        sa.Column("line1", sa.String(200), nullable=False),
        sa.Column("line2", sa.String(200)),
        sa.Column("city", sa.String(200), nullable=False),
        sa.Column("region", sa.String(200)),
        sa.Column("postal_code", sa.String(200)),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("phone", sa.String(200)),
        sa.Column("default_of", ID),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_addresses"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_addresses_user_id"),
        sa.UniqueConstraint("default_of", name="uq_user_addresses_default_of"),
        sa.CheckConstraint(
            "default_of IS NULL OR default_of = user_id", name=op.f("ck_user_addresses_default_of")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_user_addresses_version")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}
    if INDEX not in present:
        op.create_index(INDEX, TABLE, ["user_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
