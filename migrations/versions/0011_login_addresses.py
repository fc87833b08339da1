"""Add the addresses from which users logged in recently, as keyed digests.

Failed logins from elsewhere do not lock users out at these addresses. On MySQL the shop's own user needs UPDATE and
DELETE on the table: see docker/mysql-grants.sql.

Revision ID: 0011
Revises: 0010
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
compatible_since = "0009"

TABLE: Final = "login_addresses"
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
INDEX: Final = "ix_login_addresses_logged_in_at"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("user_id", ID, nullable=False),
        sa.Column("address", DIGEST, nullable=False),
        sa.Column("logged_in_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_addresses_user_id")),
        sa.PrimaryKeyConstraint("user_id", "address", name=op.f("pk_login_addresses")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(TABLE)}
    if INDEX not in present:
        op.create_index(INDEX, TABLE, ["logged_in_at"])


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
