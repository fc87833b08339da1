"""Refer to variants beside products in order lines and the sales ledger.

Existing lines refer to the variant that has the product's id. SQLite rebuilds the tables. MySQL changes them in a few
steps, each of which first checks whether it is done; the batches in between may run twice.

Revision ID: 0015
Revises: 0014
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
compatible_since = "0015"

BATCH: Final = 5_000
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")

LINES_TO_ITEMS: Final = """
ALTER TABLE order_lines DROP FOREIGN KEY fk_order_lines_product_id, RENAME COLUMN product_id TO item_id,
RENAME INDEX ix_order_lines_product_id TO ix_order_lines_item_id, ADD COLUMN product_id BINARY(16) NULL,
ADD COLUMN options JSON NULL, ADD COLUMN image_url VARCHAR(2000) NULL
"""
LINES_OF_ITEMS: Final = """
ALTER TABLE order_lines MODIFY product_id BINARY(16) NOT NULL,
ADD CONSTRAINT fk_order_lines_item_id FOREIGN KEY (item_id) REFERENCES variants (id)
"""
LINES_OF_PRODUCTS: Final = """
ALTER TABLE order_lines DROP FOREIGN KEY fk_order_lines_item_id, DROP INDEX ix_order_lines_item_id,
DROP COLUMN item_id, DROP COLUMN options, DROP COLUMN image_url,
ADD INDEX ix_order_lines_product_id (product_id),
ADD CONSTRAINT fk_order_lines_product_id FOREIGN KEY (product_id) REFERENCES products (id)
"""
LEDGER_TO_ITEMS: Final = """
ALTER TABLE sales_entries RENAME COLUMN product_id TO item_id, ADD COLUMN product_id BINARY(16) NULL,
ADD COLUMN begins_product BOOL NULL
"""
LEDGER_OF_ITEMS: Final = """
ALTER TABLE sales_entries MODIFY product_id BINARY(16) NOT NULL, MODIFY begins_product BOOL NOT NULL
"""
LEDGER_OF_PRODUCTS: Final = "ALTER TABLE sales_entries DROP COLUMN item_id, DROP COLUMN begins_product"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_lines_anew(of_items=True)
        _make_ledger_anew(of_items=True)
        return
    if "item_id" not in _columns("order_lines"):
        op.execute(LINES_TO_ITEMS)
    if _is_nullable("order_lines", "product_id"):
        _fill("order_lines", "product_id = item_id")
        op.execute(LINES_OF_ITEMS)
    if "item_id" not in _columns("sales_entries"):
        op.execute(LEDGER_TO_ITEMS)
    if _is_nullable("sales_entries", "product_id"):
        _fill("sales_entries", "product_id = item_id, begins_product = (refund_id IS NULL)")
        op.execute(LEDGER_OF_ITEMS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_ledger_anew(of_items=False)
        _make_lines_anew(of_items=False)
        return
    if "item_id" in _columns("sales_entries"):
        op.execute(LEDGER_OF_PRODUCTS)
    if "item_id" in _columns("order_lines"):
        op.execute(LINES_OF_PRODUCTS)


def _make_lines_anew(*, of_items: bool) -> None:
    key, target = ("item_id", "variants.id") if of_items else ("product_id", "products.id")
    before: list[sa.Column[Any]] = [sa.Column("item_id", ID, nullable=False)] if of_items else []
    after: list[sa.Column[Any]] = (
        [sa.Column("options", sa.JSON), sa.Column("image_url", sa.String(2000))] if of_items else []
    )
    op.create_table(
        "new_order_lines",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        *before,
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku", sa.String(64)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("unit_price", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("discount", sa.BigInteger, nullable=False),
        sa.Column("line_total", sa.BigInteger, nullable=False),
        *after,
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_order_lines"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_lines_order_id"),
        sa.ForeignKeyConstraint([key], [target], name=f"fk_order_lines_{key}"),
        sa.CheckConstraint("discount BETWEEN 0 AND unit_price * quantity", name="ck_order_lines_discount"),
        sa.CheckConstraint("line_total = unit_price * quantity - discount", name="ck_order_lines_line_total"),
        sa.CheckConstraint("quantity > 0", name="ck_order_lines_quantity"),
        sa.CheckConstraint("unit_price BETWEEN 0 AND 10000000000", name="ck_order_lines_unit_price"),
        sqlite_with_rowid=False,
    )
    kept = (
        "order_id",
        "position",
        "product_id",
        "sku",
        "name",
        "unit_price",
        "quantity",
        "discount",
        "line_total",
    )
    _replace("order_lines", kept, {"item_id": "product_id"} if of_items else {})
    op.create_index(f"ix_order_lines_{key}", "order_lines", [key])


def _make_ledger_anew(*, of_items: bool) -> None:
    added: list[sa.Column[Any]] = (
        [
            sa.Column("item_id", ID, nullable=False),
            sa.Column("begins_product", sa.Boolean, nullable=False),
        ]
        if of_items
        else []
    )
    op.create_table(
        "new_sales_entries",
        sa.Column("order_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("refund_id", ID),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        *added,
        sa.Column("product_id", ID, nullable=False),
        sa.Column("promo_code", sa.String(40)),
        sa.Column("quantity", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("gross", "discount", "refunded")),
        sa.Column("folded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "number", name="pk_sales_entries"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_sales_entries_order_id"),
        sa.CheckConstraint("number >= 0", name="ck_sales_entries_number"),
        sa.CheckConstraint("discount BETWEEN 0 AND gross", name="ck_sales_entries_discount"),
        sa.CheckConstraint(
            "(refund_id IS NULL AND quantity > 0 AND refunded = 0)"
            " OR (refund_id IS NOT NULL AND quantity = 0 AND gross = 0 AND refunded > 0)",
            name="ck_sales_entries_kind",
        ),
        sqlite_with_rowid=False,
    )
    kept = ("order_id", "number", "refund_id", "at", "user_id", "product_id", "promo_code")
    sums = ("quantity", "gross", "discount", "refunded", "folded")
    derived = {"item_id": "product_id", "begins_product": "refund_id IS NULL"} if of_items else {}
    _replace("sales_entries", (*kept, *sums), derived)
    for name, columns in (("user_id", ["user_id", "at"]), ("at", ["at"]), ("folded", ["folded", "at"])):
        op.create_index(f"ix_sales_entries_{name}", "sales_entries", columns)


def _replace(table: str, kept: Sequence[str], derived: dict[str, str]) -> None:
    """Put the rows into `new_{table}`, which then takes the table's place."""
    op.execute(
        f"INSERT INTO new_{table} ({', '.join((*kept, *derived))})"  # noqa: S608
        f" SELECT {', '.join((*kept, *derived.values()))} FROM {table}"
    )
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


def _fill(table: str, values: str) -> None:
    rows = sa.table(table, sa.column("order_id", ID))
    connection, after = op.get_bind(), b""
    following = (
        sa.select(rows.c.order_id)
        .where(rows.c.order_id > sa.bindparam("after", type_=ID))
        .order_by(rows.c.order_id)
        .limit(BATCH)
    )
    fill = sa.text(f"UPDATE {table} SET {values} WHERE order_id > :after AND order_id <= :upto")  # noqa: S608
    while batch := connection.scalars(following, {"after": after}).all():
        connection.execute(fill, {"after": after, "upto": batch[-1]})
        with op.get_context().autocommit_block():  # entering it commits
            pass
        after = batch[-1]


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _is_nullable(table: str, name: str) -> bool:
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return any(column["nullable"] for column in columns if column["name"] == name)
