"""Add shipping zones, shipping methods and tax rates.

On MySQL the shop's own user needs UPDATE and DELETE on the new table: see docker/mysql-grants.sql.

Revision ID: 0025
Revises: 0024
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
compatible_since = "0024"

TABLE: Final = "selling_rules"
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("zone_id", ID),
        sa.Column("natural_key", sa.String(80)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(["zone_id"], [f"{TABLE}.id"], name=op.f("fk_selling_rules_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selling_rules")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_selling_rules_natural")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_selling_rules_version")),
        sa.CheckConstraint(
            "(kind = 'method') = (zone_id IS NOT NULL)", name=op.f("ck_selling_rules_zone_id")
        ),
        sa.CheckConstraint("(kind = 'guard') = (document IS NULL)", name=op.f("ck_selling_rules_document")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
