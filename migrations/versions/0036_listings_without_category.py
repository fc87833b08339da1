"""Use `category_listings` for lists and searches by category.

Listings and words no longer repeat a category's name.

Revision ID: 0036
Revises: 0035
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
compatible_since = "0036"

INDEXES: Final = {
    "ix_listings_category_price": ["category", "price", "product_id"],
    "ix_listings_category_name_key": ["category", "name_key", "product_id", "price"],
    "ix_listings_category_created_at": ["category", "created_at", "product_id", "price"],
    "ix_listings_category_units": ["category", "units", "product_id", "price"],
}


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("listings")}
    for name in INDEXES:
        if name in present:
            op.drop_index(name, "listings")
    for table in ("listings", "product_words"):
        if "category" in _columns(table):
            op.drop_column(table, "category")
    op.drop_table("category_counts", if_exists=True)


def downgrade() -> None:
    connection = op.get_bind()
    for table in ("listings", "product_words"):
        if "category" not in _columns(table):
            op.add_column(table, sa.Column("category", sa.String(100)))
        connection.execute(
            sa.text(
                f"UPDATE {table} SET category = (SELECT p.category FROM products p"  # noqa: S608 (fixed names)
                f" WHERE p.id = {table}.product_id)"
            )
        )
    present = {index["name"] for index in sa.inspect(connection).get_indexes("listings")}
    for name, columns in INDEXES.items():
        if name not in present:
            op.create_index(name, "listings", columns)
    op.create_table(
        "category_counts",
        sa.Column("category", sa.String(100), nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("category", name="pk_category_counts"),
        sa.CheckConstraint("listed >= 0", name="ck_category_counts_listed"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    connection.execute(sa.text("DELETE FROM category_counts"))
    connection.execute(
        sa.text(
            "INSERT INTO category_counts (category, listed)"
            " SELECT COALESCE(category, ''), COUNT(*) FROM listings GROUP BY COALESCE(category, '')"
        )
    )


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
