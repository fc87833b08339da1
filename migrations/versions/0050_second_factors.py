"""Add second factors and their recovery codes.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0050
Revises: 0049
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None
# An older version would log users in without their second factor.
compatible_since = "0050"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
SEALED: Final = sa.LargeBinary(255).with_variant(mysql.VARBINARY(255), "mysql")
INNODB: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("secret", SEALED),
        sa.Column("pending_secret", SEALED),
        sa.Column("last_step", sa.BigInteger),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_second_factors_user_id"),
        if_not_exists=True,
        **INNODB,
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
        if_not_exists=True,
        **INNODB,
    )
    if "totp_enabled" not in _columns_of_users():
        op.add_column("users", sa.Column("totp_enabled", sa.Boolean, nullable=False, server_default="0"))


def downgrade() -> None:
    """Logins then need no second factor."""
    if "totp_enabled" in _columns_of_users():
        op.drop_column("users", "totp_enabled")
    op.drop_table("recovery_codes", if_exists=True)
    op.drop_table("second_factors", if_exists=True)


def _columns_of_users() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("users")}
