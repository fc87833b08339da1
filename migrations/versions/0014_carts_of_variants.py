"""Refer to variants in carts and popularity.

SQLite rebuilds the tables. MySQL changes them in a few steps, each of which first checks whether it is done.

Revision ID: 0014
Revises: 0013
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
compatible_since = "0014"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")

SALES_TO_ITEMS: Final = """
ALTER TABLE product_sales DROP FOREIGN KEY fk_product_sales_product_id, DROP INDEX ix_product_sales_day,
RENAME COLUMN product_id TO item_id, ADD COLUMN product_id BINARY(16) NULL
"""
SALES_OF_ITEMS: Final = """
ALTER TABLE product_sales MODIFY product_id BINARY(16) NOT NULL,
ADD INDEX ix_product_sales_day (day, product_id), ADD INDEX ix_product_sales_product_id (product_id),
ADD CONSTRAINT fk_product_sales_item_id FOREIGN KEY (item_id) REFERENCES variants (id)
"""
SALES_FROM_ITEMS: Final = """
ALTER TABLE product_sales DROP FOREIGN KEY fk_product_sales_item_id, DROP INDEX ix_product_sales_day
"""
SALES_OF_PRODUCTS: Final = """
ALTER TABLE product_sales DROP INDEX ix_product_sales_product_id, DROP COLUMN product_id,
RENAME COLUMN item_id TO product_id, ADD INDEX ix_product_sales_day (day, product_id),
ADD CONSTRAINT fk_product_sales_product_id FOREIGN KEY (product_id) REFERENCES products (id)
"""
SALES_BY_PRODUCT: Final = (
    "SELECT product_id AS id, day, SUM(units) AS units FROM product_sales GROUP BY product_id, day"
)
CARTS_OF_ITEMS: Final = """
ALTER TABLE cart_lines DROP FOREIGN KEY fk_cart_lines_product_id, RENAME COLUMN product_id TO item_id,
RENAME INDEX ix_cart_lines_product_id TO ix_cart_lines_item_id,
ADD CONSTRAINT fk_cart_lines_item_id FOREIGN KEY (item_id) REFERENCES variants (id)
"""
CARTS_FROM_ITEMS: Final = "ALTER TABLE cart_lines DROP FOREIGN KEY fk_cart_lines_item_id"
CARTS_OF_PRODUCTS: Final = """
ALTER TABLE cart_lines RENAME COLUMN item_id TO product_id,
RENAME INDEX ix_cart_lines_item_id TO ix_cart_lines_product_id,
ADD CONSTRAINT fk_cart_lines_product_id FOREIGN KEY (product_id) REFERENCES products (id)
"""
# 999 is the most that a line holds.
CARTS_BY_PRODUCT: Final = """
SELECT l.cart_id, v.product_id AS id, MIN(l.position) AS position,
CASE WHEN SUM(l.quantity) > 999 THEN 999 ELSE SUM(l.quantity) END AS quantity
FROM cart_lines l JOIN variants v ON v.id = l.item_id GROUP BY l.cart_id, v.product_id
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_sales_anew("item_id", "SELECT product_id, day, product_id, units FROM product_sales")
        _make_carts_anew("item_id", "SELECT cart_id, product_id, position, quantity FROM cart_lines")
        return
    if "item_id" not in _columns("product_sales"):
        op.execute(SALES_TO_ITEMS)
    if "fk_product_sales_item_id" not in _foreign_keys("product_sales"):
        # Of the last 30 days: not so many that batches would be needed.
        op.execute("UPDATE product_sales SET product_id = item_id")
        op.execute(SALES_OF_ITEMS)
    if "item_id" not in _columns("cart_lines"):
        op.execute(CARTS_OF_ITEMS)


def downgrade() -> None:
    """What is of several variants of a product is added up."""
    if op.get_bind().dialect.name == "sqlite":
        _make_carts_anew("product_id", CARTS_BY_PRODUCT)
        _make_sales_anew("product_id", SALES_BY_PRODUCT)
        return
    if "item_id" in _columns("cart_lines"):
        if "fk_cart_lines_item_id" in _foreign_keys("cart_lines"):
            op.execute(CARTS_FROM_ITEMS)
        _merge(
            "cart_lines",
            CARTS_BY_PRODUCT,
            "cart_id, item_id, position, quantity",
            "cart_id, id, position, quantity",
        )
        op.execute(CARTS_OF_PRODUCTS)
    if "item_id" in _columns("product_sales"):
        if "fk_product_sales_item_id" in _foreign_keys("product_sales"):
            op.execute(SALES_FROM_ITEMS)
        _merge("product_sales", SALES_BY_PRODUCT, "item_id, day, product_id, units", "id, day, id, units")
        op.execute(SALES_OF_PRODUCTS)


def _merge(table: str, rows: str, names: str, values: str) -> None:
    """Replace the rows of the table, in one transaction: a temporary table commits nothing."""
    op.execute(f"CREATE TEMPORARY TABLE merged AS {rows}")
    op.execute(f"DELETE FROM {table}")  # noqa: S608
    op.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM merged")  # noqa: S608
    op.execute("DROP TEMPORARY TABLE merged")


def _make_sales_anew(key: str, rows: str) -> None:
    of_items = key == "item_id"
    added: list[sa.Column[Any]] = [sa.Column("product_id", ID, nullable=False)] if of_items else []
    op.create_table(
        "new_product_sales",
        sa.Column(key, ID, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *added,
        sa.Column("units", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(key, "day", name="pk_product_sales"),
        sa.ForeignKeyConstraint(
            [key], ["variants.id" if of_items else "products.id"], name=f"fk_product_sales_{key}"
        ),
        sa.CheckConstraint("units > 0", name="ck_product_sales_units"),
        sqlite_with_rowid=False,
    )
    _replace("product_sales", (key, "day", *(column.name for column in added), "units"), rows)
    op.create_index("ix_product_sales_day", "product_sales", ["day", "product_id"])
    if of_items:
        op.create_index("ix_product_sales_product_id", "product_sales", ["product_id"])


def _make_carts_anew(key: str, rows: str) -> None:
    op.create_table(
        "new_cart_lines",
        sa.Column("cart_id", ID, nullable=False),
        sa.Column(key, ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("cart_id", key, name="pk_cart_lines"),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name="fk_cart_lines_cart_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            [key], ["variants.id" if key == "item_id" else "products.id"], name=f"fk_cart_lines_{key}"
        ),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name="ck_cart_lines_quantity"),
        sqlite_with_rowid=False,
    )
    _replace("cart_lines", ("cart_id", key, "position", "quantity"), rows)
    op.create_index(f"ix_cart_lines_{key}", "cart_lines", [key])


def _replace(table: str, names: Sequence[str], rows: str) -> None:
    """Put the rows into `new_{table}`, which then takes the table's place."""
    op.execute(f"INSERT INTO new_{table} ({', '.join(names)}) {rows}")
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _foreign_keys(table: str) -> set[str | None]:
    return {key["name"] for key in sa.inspect(op.get_bind()).get_foreign_keys(table)}
