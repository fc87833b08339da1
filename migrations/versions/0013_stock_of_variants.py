"""Move stock and its adjustments from products to variants.

SQLite rebuilds the tables. MySQL changes them in a few steps, each of which first checks whether it is done; the
batches in between may run twice.

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
compatible_since = "0013"

BATCH: Final = 5_000
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")

STOCK_TO_ITEMS: Final = """
ALTER TABLE stock DROP FOREIGN KEY fk_stock_product_id, DROP INDEX ix_stock_sold_out, DROP COLUMN sold_out,
RENAME COLUMN product_id TO item_id, ADD COLUMN product_id BINARY(16) NULL, ADD COLUMN active BOOL NOT NULL DEFAULT 1
"""
STOCK_OF_ITEMS: Final = """
ALTER TABLE stock MODIFY product_id BINARY(16) NOT NULL, ALTER COLUMN active DROP DEFAULT,
ADD COLUMN sold_out BOOL GENERATED ALWAYS AS (listed AND (available = 0 OR NOT active)) VIRTUAL,
ADD INDEX ix_stock_sold_out (sold_out, product_id), ADD INDEX ix_stock_product_id (product_id),
ADD CONSTRAINT fk_stock_item_id FOREIGN KEY (item_id) REFERENCES variants (id)
"""
STOCK_FROM_ITEMS: Final = """
ALTER TABLE stock DROP FOREIGN KEY fk_stock_item_id, DROP INDEX ix_stock_sold_out, DROP COLUMN sold_out
"""
STOCK_OF_PRODUCTS: Final = """
ALTER TABLE stock DROP COLUMN active, DROP INDEX ix_stock_product_id, DROP COLUMN product_id,
RENAME COLUMN item_id TO product_id,
ADD COLUMN sold_out BOOL GENERATED ALWAYS AS (listed AND available = 0) VIRTUAL,
ADD INDEX ix_stock_sold_out (sold_out, product_id),
ADD CONSTRAINT fk_stock_product_id FOREIGN KEY (product_id) REFERENCES products (id)
"""
BY_PRODUCT: Final = """
SELECT product_id AS id, SUM(initial) AS initial, SUM(CASE WHEN active THEN available ELSE 0 END) AS available,
MAX(listed) AS listed FROM stock GROUP BY product_id
"""
ADJUSTMENTS_OF_ITEMS: Final = """
ALTER TABLE stock_adjustments DROP FOREIGN KEY fk_stock_adjustments_product_id,
RENAME COLUMN product_id TO item_id,
RENAME INDEX ix_stock_adjustments_product_id TO ix_stock_adjustments_item_id,
ADD CONSTRAINT fk_stock_adjustments_item_id FOREIGN KEY (item_id) REFERENCES variants (id)
"""
ADJUSTMENTS_FROM_ITEMS: Final = "ALTER TABLE stock_adjustments DROP FOREIGN KEY fk_stock_adjustments_item_id"
ADJUSTMENTS_OF_PRODUCTS: Final = """
ALTER TABLE stock_adjustments RENAME COLUMN item_id TO product_id,
RENAME INDEX ix_stock_adjustments_item_id TO ix_stock_adjustments_product_id,
ADD CONSTRAINT fk_stock_adjustments_product_id FOREIGN KEY (product_id) REFERENCES products (id)
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_stock_anew("item_id", "SELECT product_id, product_id, initial, available, listed, 1 FROM stock")
        _make_adjustments_anew("item_id", "product_id")
        return
    if "item_id" not in _columns("stock"):
        op.execute(STOCK_TO_ITEMS)
    _fill_products()
    if "sold_out" not in _columns("stock"):
        op.execute(STOCK_OF_ITEMS)
    if "item_id" not in _columns("stock_adjustments"):
        op.execute(ADJUSTMENTS_OF_ITEMS)


def downgrade() -> None:
    """A product's stock is the sum over its active variants."""
    if op.get_bind().dialect.name == "sqlite":
        _make_adjustments_anew(
            "product_id", "(SELECT v.product_id FROM variants v WHERE v.id = stock_adjustments.item_id)"
        )
        _make_stock_anew("product_id", BY_PRODUCT)
        return
    if "item_id" in _columns("stock_adjustments"):
        if "fk_stock_adjustments_item_id" in _foreign_keys("stock_adjustments"):
            op.execute(ADJUSTMENTS_FROM_ITEMS)
        op.execute(
            "UPDATE stock_adjustments a JOIN variants v ON v.id = a.item_id SET a.item_id = v.product_id"
        )
        op.execute(ADJUSTMENTS_OF_PRODUCTS)
    if "item_id" in _columns("stock"):
        if "fk_stock_item_id" in _foreign_keys("stock"):
            op.execute(STOCK_FROM_ITEMS)
        # One transaction: a temporary table commits nothing.
        op.execute(f"CREATE TEMPORARY TABLE by_product AS {BY_PRODUCT}")
        op.execute("DELETE FROM stock")
        op.execute(
            "INSERT INTO stock (item_id, product_id, initial, available, listed, active)"
            " SELECT id, id, initial, available, listed, 1 FROM by_product"
        )
        op.execute("DROP TEMPORARY TABLE by_product")
        op.execute(STOCK_OF_PRODUCTS)


def _make_stock_anew(key: str, rows: str) -> None:
    of_items = key == "item_id"
    target = "variants.id" if of_items else "products.id"
    formula = "listed AND (available = 0 OR NOT active)" if of_items else "listed AND available = 0"
    added: list[sa.Column[Any]] = [sa.Column("product_id", ID, nullable=False)] if of_items else []
    active: list[sa.Column[Any]] = [sa.Column("active", sa.Boolean, nullable=False)] if of_items else []
    op.create_table(
        "new_stock",
        sa.Column(key, ID, nullable=False),
        *added,
        sa.Column("initial", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        *active,
        sa.Column("sold_out", sa.Boolean, sa.Computed(formula, persisted=False)),
        sa.PrimaryKeyConstraint(key, name="pk_stock"),
        sa.ForeignKeyConstraint([key], [target], name=f"fk_stock_{key}"),
        sa.CheckConstraint("available BETWEEN 0 AND 1000000000", name="ck_stock_available"),
        sa.CheckConstraint("initial BETWEEN 0 AND 1000000000", name="ck_stock_initial"),
        sqlite_with_rowid=False,
    )
    names = (key, *(column.name for column in added), "initial", "available", "listed")
    _replace("stock", (*names, *(column.name for column in active)), rows)
    op.create_index("ix_stock_sold_out", "stock", ["sold_out", "product_id"])
    if of_items:
        op.create_index("ix_stock_product_id", "stock", ["product_id"])


def _make_adjustments_anew(key: str, value: str) -> None:
    op.create_table(
        "new_stock_adjustments",
        sa.Column("id", ID, nullable=False),
        sa.Column(key, ID, nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("available", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(500)),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_adjustments"),
        sa.ForeignKeyConstraint(
            [key],
            ["variants.id" if key == "item_id" else "products.id"],
            name=f"fk_stock_adjustments_{key}",
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_stock_adjustments_made_by"),
        sa.CheckConstraint("available >= 0", name="ck_stock_adjustments_available"),
    )
    names = ("id", key, "change", "available", "reason", "made_by", "at")
    rows = f"SELECT id, {value}, change, available, reason, made_by, at FROM stock_adjustments"  # noqa: S608
    _replace("stock_adjustments", names, rows)
    op.create_index(f"ix_stock_adjustments_{key}", "stock_adjustments", [key, "id"])
    op.create_index("ix_stock_adjustments_made_by", "stock_adjustments", ["made_by"])


def _replace(table: str, names: Sequence[str], rows: str) -> None:
    """Put the rows into `new_{table}`, which then takes the table's place."""
    op.execute(f"INSERT INTO new_{table} ({', '.join(names)}) {rows}")
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


def _fill_products() -> None:
    stock = sa.table("stock", sa.column("item_id", ID), sa.column("product_id", ID))
    after = b""
    connection = op.get_bind()
    following = (
        sa.select(stock.c.item_id)
        .where(stock.c.item_id > sa.bindparam("after", type_=ID))
        .order_by(stock.c.item_id)
        .limit(BATCH)
    )
    fill = sa.text("UPDATE stock SET product_id = item_id WHERE item_id > :after AND item_id <= :upto")
    while batch := connection.scalars(following, {"after": after}).all():
        connection.execute(fill, {"after": after, "upto": batch[-1]})
        with op.get_context().autocommit_block():  # entering it commits
            pass
        after = batch[-1]


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _foreign_keys(table: str) -> set[str | None]:
    return {key["name"] for key in sa.inspect(op.get_bind()).get_foreign_keys(table)}
