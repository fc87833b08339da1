"""Add the category tree, the categories of products, and the products shown in each category.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0034
Revises: 0033
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None
compatible_since = "0033"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLES: Final[dict[str, list[Any]]] = {
    "categories": [
        sa.Column("id", ID, nullable=False),
        sa.Column("parent_id", ID),
        sa.Column("successor_id", ID),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("slug", sa.String(120)),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.UniqueConstraint("slug", name="uq_categories_slug"),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name="fk_categories_parent_id"),
        sa.ForeignKeyConstraint(["successor_id"], ["categories.id"], name="fk_categories_successor_id"),
        sa.CheckConstraint("position >= 0", name="ck_categories_position"),
        sa.CheckConstraint("version >= 1", name="ck_categories_version"),
        sa.CheckConstraint("(slug IS NULL) = (successor_id IS NOT NULL)", name="ck_categories_successor_id"),
    ],
    "category_tree": [
        sa.Column("id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_category_tree"),
    ],
    "product_categories": [
        sa.Column("category_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("category_id", "product_id", name="pk_product_categories"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_product_categories_category_id"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_product_categories_product_id"),
    ],
    "category_listings": [
        sa.Column("category_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("units", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("category_id", "product_id", name="pk_category_listings"),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["listings.product_id"],
            name="fk_category_listings_product_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("units >= 0", name="ck_category_listings_units"),
    ],
    "listing_counts": [
        sa.Column("category_id", ID, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("category_id", name="pk_listing_counts"),
        sa.CheckConstraint("listed >= 0", name="ck_listing_counts_listed"),
    ],
    "category_reindexing": [
        sa.Column("category_id", ID, nullable=False),
        sa.Column("after_product_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("category_id", name="pk_category_reindexing"),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name="fk_category_reindexing_category_id"
        ),
    ],
}
INDEXES: Final[dict[str, tuple[str, list[str]]]] = {
    "ix_product_categories_product_id": ("product_categories", ["product_id", "category_id"]),
    "ix_category_listings_price": ("category_listings", ["category_id", "price", "product_id"]),
    "ix_category_listings_name_key": (
        "category_listings",
        ["category_id", "name_key", "product_id", "price"],
    ),
    "ix_category_listings_created_at": (
        "category_listings",
        ["category_id", "created_at", "product_id", "price"],
    ),
    "ix_category_listings_units": ("category_listings", ["category_id", "units", "product_id", "price"]),
    "ix_category_listings_product_id": ("category_listings", ["product_id", "category_id"]),
}
WITHOUT_ROWID: Final = {"product_categories", "category_listings", "listing_counts"}


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())
    for name, items in TABLES.items():
        if not inspector.has_table(name):
            op.create_table(
                name,
                *items,
                mysql_engine="InnoDB",
                mysql_charset="utf8mb4",
                mysql_collate="utf8mb4_bin",
                sqlite_with_rowid=name not in WITHOUT_ROWID,
            )
    for index, (table, columns) in INDEXES.items():
        if index not in {each["name"] for each in sa.inspect(op.get_bind()).get_indexes(table)}:
            op.create_index(index, table, columns)
    if "category_ids" not in _columns():
        op.add_column("products", sa.Column("category_ids", sa.JSON))


def downgrade() -> None:
    if "category_ids" in _columns():
        op.drop_column("products", "category_ids")
    for name in reversed(TABLES):
        op.drop_table(name, if_exists=True)


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}
