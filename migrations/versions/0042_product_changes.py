"""Add the record of changed products, and a mark for products whose variants differ in price.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0042
Revises: 0041
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None
# Older versions do not record what they change.
compatible_since = "0042"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
OPTIONS: Final[dict[str, object]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "sqlite_with_rowid": False,
    "if_not_exists": True,
}
MARK: Final = "price_varies"
CONDITION: Final = "active AND NOT deleted AND (price_to > price OR variant_count = 0)"
INDEXES: Final = (
    ("ix_product_changes_revision", "product_changes", ["revision"]),
    ("ix_products_price_varies", "products", [MARK]),
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_revision")),
        **OPTIONS,
    )
    op.create_table(
        "product_changes",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_changes")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_changes_product_id_products")
        ),
        **OPTIONS,
    )
    inspector = sa.inspect(op.get_bind())
    if MARK not in {column["name"] for column in inspector.get_columns("products")}:
        op.add_column("products", sa.Column(MARK, sa.Boolean(), sa.Computed(CONDITION, persisted=False)))
    for name, table, columns in INDEXES:
        if name not in _indexes(table):
            op.create_index(name, table, columns)


def downgrade() -> None:
    if "ix_products_price_varies" in _indexes("products"):
        op.drop_index("ix_products_price_varies", table_name="products")
    if MARK in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}:
        op.drop_column("products", MARK)
    op.drop_table("product_changes", if_exists=True)
    op.drop_table("catalogue_revision", if_exists=True)


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
