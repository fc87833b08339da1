"""Add shipping and tax to the sales ledger, and the tax part to refunds.

Each step first checks whether it is done: MySQL keeps the finished steps of an interrupted migration. SQLite cannot
change a check, so the table is rebuilt from its own definition.

Revision ID: 0041
Revises: 0040
"""

import re
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None
# An older version cannot spread a refund over shipping and tax.
compatible_since = "0041"

COLUMNS: Final = ("shipping", "shipping_tax", "tax_added", "tax")
KIND: Final = "ck_sales_entries_kind"
OLD_KIND: Final = (
    "(quantity > 0 AND refund_id IS NULL AND refunded = 0 AND disputed = 0)"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NOT NULL AND refunded <> 0 AND disputed = 0)"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NULL AND refunded = 0 AND disputed <> 0)"
)
NEW_KIND: Final = (
    "(quantity > 0 AND refund_id IS NULL AND refunded = 0 AND disputed = 0)"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NOT NULL AND disputed = 0"
    " AND (refunded <> 0 OR shipping <> 0 OR tax <> 0))"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NULL AND refunded = 0"
    " AND (disputed <> 0 OR shipping <> 0 OR tax <> 0))"
)
ADDED: Final = "ck_sales_entries_tax_added"
ADDED_RULE: Final = "tax_added = 0 OR tax_added = tax"
REFUND_TAX: Final = "ck_refunds_tax"
REFUND_TAX_RULE: Final = "tax = 0 OR tax BETWEEN 0 AND amount"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in COLUMNS:
            op.execute(f"ALTER TABLE sales_entries ADD COLUMN {name} BIGINT DEFAULT '0' NOT NULL")
        _make_ledger_anew(
            f"CONSTRAINT {KIND} CHECK ({OLD_KIND})",
            f"CONSTRAINT {KIND} CHECK ({NEW_KIND}), CONSTRAINT {ADDED} CHECK ({ADDED_RULE})",
        )
        op.execute(
            "ALTER TABLE refunds ADD COLUMN tax BIGINT DEFAULT '0' NOT NULL"
            f" CONSTRAINT {REFUND_TAX} CHECK ({REFUND_TAX_RULE})"
        )
        return
    if "tax" not in _columns("sales_entries"):
        added = ", ".join(f"ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0" for name in COLUMNS)
        op.execute(
            f"ALTER TABLE sales_entries {added}, DROP CHECK {KIND}, ADD CONSTRAINT {KIND} CHECK ({NEW_KIND}),"
            f" ADD CONSTRAINT {ADDED} CHECK ({ADDED_RULE})"
        )
    if "tax" not in _columns("refunds"):
        op.execute(
            "ALTER TABLE refunds ADD COLUMN tax BIGINT NOT NULL DEFAULT 0,"
            f" ADD CONSTRAINT {REFUND_TAX} CHECK ({REFUND_TAX_RULE})"
        )


def downgrade() -> None:
    """Possible while no sale has shipping or tax: the former ledger cannot hold shares of them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE refunds DROP COLUMN tax")
        _make_ledger_anew(
            f"CONSTRAINT {KIND} CHECK ({NEW_KIND}), CONSTRAINT {ADDED} CHECK ({ADDED_RULE})",
            f"CONSTRAINT {KIND} CHECK ({OLD_KIND})",
        )
        for name in reversed(COLUMNS):
            op.execute(f"ALTER TABLE sales_entries DROP COLUMN {name}")
        return
    if "tax" in _columns("refunds"):
        op.execute(f"ALTER TABLE refunds DROP CHECK {REFUND_TAX}, DROP COLUMN tax")
    if "tax" in _columns("sales_entries"):
        dropped = ", ".join(f"DROP COLUMN {name}" for name in COLUMNS)
        op.execute(
            f"ALTER TABLE sales_entries DROP CHECK {ADDED}, DROP CHECK {KIND}, {dropped},"
            f" ADD CONSTRAINT {KIND} CHECK ({OLD_KIND})"
        )


def _make_ledger_anew(old: str, new: str) -> None:
    connection = op.get_bind()
    words = sa.text(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'sales_entries' AND sql IS NOT NULL"
    )
    made = connection.execute(words).all()
    [table] = [sql for what, sql in made if what == "table"]
    assert old in table, table
    op.execute(
        re.sub(r'^CREATE TABLE "?sales_entries"?', "CREATE TABLE new_sales_entries", table.replace(old, new))
    )
    op.execute("INSERT INTO new_sales_entries SELECT * FROM sales_entries")
    op.drop_table("sales_entries")
    op.rename_table("new_sales_entries", "sales_entries")
    for what, sql in made:
        if what == "index":
            op.execute(sql)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
