"""Add shipping and tax to orders.

Each step first checks whether it is done: MySQL keeps the finished steps of an interrupted migration. SQLite cannot
change a check, so the table is rebuilt from its own definition.

Revision ID: 0040
Revises: 0039
"""

import re
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None
# An older version takes an order's total for the sum of its lines.
compatible_since = "0040"

CHECK: Final = "ck_orders_total"
OLD_TOTAL: Final = "total = subtotal - discount"
NEW_TOTAL: Final = (
    "total = subtotal - discount + shipping_price + CASE WHEN prices_include_tax THEN 0 ELSE tax END"
)
SHIPPING: Final = "ck_orders_shipping"
SHIPPING_RULE: Final = (
    "shipping_price >= 0 AND shipping_tax BETWEEN 0 AND tax"
    " AND (shipping_method_id IS NOT NULL OR (shipping_price = 0 AND shipping_tax = 0))"
)
LINE_TAX: Final = "ck_order_lines_tax"
LINE_TAX_RULE: Final = "tax >= 0 AND (tax_rate IS NOT NULL OR tax = 0)"
# The last is the one that is looked for: SQLite adds them one by one, MySQL all at once.
ORDER_COLUMNS: Final = {
    "shipping_method_id": {"sqlite": "BLOB", "mysql": "BINARY(16)"},
    "shipping_name": {"sqlite": "VARCHAR(100)", "mysql": "VARCHAR(100)"},
    "shipping_price": {"sqlite": "BIGINT DEFAULT '0' NOT NULL", "mysql": "BIGINT NOT NULL DEFAULT 0"},
    "shipping_tax_rate": {"sqlite": "INTEGER", "mysql": "INTEGER"},
    "shipping_tax": {"sqlite": "BIGINT DEFAULT '0' NOT NULL", "mysql": "BIGINT NOT NULL DEFAULT 0"},
    "prices_include_tax": {"sqlite": "BOOLEAN DEFAULT '0' NOT NULL", "mysql": "BOOL NOT NULL DEFAULT 0"},
    "taxes": {"sqlite": "JSON", "mysql": "JSON"},
    "tax": {"sqlite": "BIGINT DEFAULT '0' NOT NULL", "mysql": "BIGINT NOT NULL DEFAULT 0"},
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, kinds in ORDER_COLUMNS.items():
            op.execute(f"ALTER TABLE orders ADD COLUMN {name} {kinds['sqlite']}")
        _make_orders_anew(
            f"CONSTRAINT {CHECK} CHECK ({OLD_TOTAL})",
            f"CONSTRAINT {CHECK} CHECK ({NEW_TOTAL}), CONSTRAINT {SHIPPING} CHECK ({SHIPPING_RULE})",
        )
        op.execute("ALTER TABLE order_lines ADD COLUMN tax_rate INTEGER")
        op.execute(
            "ALTER TABLE order_lines ADD COLUMN tax BIGINT DEFAULT '0' NOT NULL"
            f" CONSTRAINT {LINE_TAX} CHECK ({LINE_TAX_RULE})"
        )
        return
    if "tax" not in _columns("orders"):
        added = ", ".join(f"ADD COLUMN {name} {kinds['mysql']}" for name, kinds in ORDER_COLUMNS.items())
        op.execute(
            f"ALTER TABLE orders {added}, DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({NEW_TOTAL}),"
            f" ADD CONSTRAINT {SHIPPING} CHECK ({SHIPPING_RULE})"
        )
    if "tax" not in _columns("order_lines"):
        op.execute(
            "ALTER TABLE order_lines ADD COLUMN tax_rate INTEGER, ADD COLUMN tax BIGINT NOT NULL DEFAULT 0,"
            f" ADD CONSTRAINT {LINE_TAX} CHECK ({LINE_TAX_RULE})"
        )


def downgrade() -> None:
    """Possible while no order has shipping or tax: the former check cannot hold such an order."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE order_lines DROP COLUMN tax")
        op.execute("ALTER TABLE order_lines DROP COLUMN tax_rate")
        _make_orders_anew(
            f"CONSTRAINT {CHECK} CHECK ({NEW_TOTAL}), CONSTRAINT {SHIPPING} CHECK ({SHIPPING_RULE})",
            f"CONSTRAINT {CHECK} CHECK ({OLD_TOTAL})",
        )
        for name in reversed(ORDER_COLUMNS):
            op.execute(f"ALTER TABLE orders DROP COLUMN {name}")
        return
    if "tax" in _columns("order_lines"):
        op.execute(f"ALTER TABLE order_lines DROP CHECK {LINE_TAX}, DROP COLUMN tax, DROP COLUMN tax_rate")
    if "tax" in _columns("orders"):
        dropped = ", ".join(f"DROP COLUMN {name}" for name in ORDER_COLUMNS)
        op.execute(
            f"ALTER TABLE orders DROP CHECK {SHIPPING}, DROP CHECK {CHECK}, {dropped},"
            f" ADD CONSTRAINT {CHECK} CHECK ({OLD_TOTAL})"
        )


def _make_orders_anew(old: str, new: str) -> None:
    """Replace a check. Other tables refer to `orders`, so the new table gets this name only at the end."""
    connection = op.get_bind()
    words = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'orders' AND sql IS NOT NULL")
    made = connection.execute(words).all()
    [table] = [sql for what, sql in made if what == "table"]
    assert old in table, table
    op.execute(re.sub(r'^CREATE TABLE "?orders"?', "CREATE TABLE new_orders", table.replace(old, new)))
    op.execute("INSERT INTO new_orders SELECT * FROM orders")
    op.drop_table("orders")
    op.rename_table("new_orders", "orders")
    for what, sql in made:
        if what == "index":
            op.execute(sql)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
