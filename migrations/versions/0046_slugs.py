"""Add slugs of products, which are their names in addresses, and their former slugs.

On MySQL the shop's own user needs UPDATE and DELETE on the new table: see docker/mysql-grants.sql.

Revision ID: 0046
Revises: 0045
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None
compatible_since = "0046"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
INDEX: Final = "uq_products_slug"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if "slug" not in _columns():
        op.add_column("products", sa.Column("slug", sa.String(120)))
    if INDEX not in _indexes():
        op.create_index(INDEX, "products", ["slug"], unique=True)
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_former_slugs"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_former_slugs_product_id"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("former_slugs", if_exists=True)
    if INDEX in _indexes():
        op.drop_index(INDEX, "products")
    if "slug" in _columns():
        op.drop_column("products", "slug")


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}


def _indexes() -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("products")}
