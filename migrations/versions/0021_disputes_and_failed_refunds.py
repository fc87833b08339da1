"""Let the sales ledger record failed refunds and the costs of disputes.

Each step first checks whether it is done: MySQL keeps the finished steps of an interrupted migration. SQLite cannot
change a check, so the table is rebuilt from its own definition.

Revision ID: 0021
Revises: 0020
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
# An older version does not know refunds that are taken back, and its sums over the ledger leave disputes out.
compatible_since = "0021"

CHECK: Final = "ck_sales_entries_kind"
OLD_KIND: Final = (
    "(refund_id IS NULL AND quantity > 0 AND refunded = 0)"
    " OR (refund_id IS NOT NULL AND quantity = 0 AND gross = 0 AND refunded > 0)"
)
NEW_KIND: Final = (
    "(quantity > 0 AND refund_id IS NULL AND refunded = 0 AND disputed = 0)"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NOT NULL AND refunded <> 0 AND disputed = 0)"
    " OR (quantity = 0 AND gross = 0 AND refund_id IS NULL AND refunded = 0 AND disputed <> 0)"
)
FIGURES: Final = ("daily_figures", "item_days", "item_periods", "promo_code_days")
NAME: Final = "disputed"
# What the former check cannot hold.
DELETE_NEW_KINDS: Final = (
    "DELETE FROM sales_entries WHERE disputed <> 0",
    "DELETE FROM sales_entries WHERE refund_id IN"
    " (SELECT refund_id FROM (SELECT refund_id FROM sales_entries WHERE refunded < 0) failed)",
)


def upgrade() -> None:
    for table in FIGURES:
        if NAME not in _columns(table):
            op.add_column(table, sa.Column(NAME, sa.BigInteger, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        op.add_column("sales_entries", sa.Column(NAME, sa.BigInteger, nullable=False, server_default="0"))
        _make_ledger_anew(NEW_KIND)
    elif NAME not in _columns("sales_entries"):
        op.execute(
            f"ALTER TABLE sales_entries ADD COLUMN {NAME} BIGINT NOT NULL DEFAULT 0,"
            f" DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({NEW_KIND})"
        )


def downgrade() -> None:
    if NAME in _columns("sales_entries"):
        for deletion in DELETE_NEW_KINDS:
            op.execute(deletion)
        op.execute("UPDATE figures_state SET zone = '', building = ''")  # They are added up anew.
        if op.get_bind().dialect.name == "sqlite":
            _make_ledger_anew(OLD_KIND)
            op.drop_column("sales_entries", NAME)
        else:
            op.execute(
                f"ALTER TABLE sales_entries DROP CHECK {CHECK},"
                f" ADD CONSTRAINT {CHECK} CHECK ({OLD_KIND}), DROP COLUMN {NAME}"
            )
    for table in FIGURES:
        if NAME in _columns(table):
            op.drop_column(table, NAME)


def _make_ledger_anew(kind: str) -> None:
    connection = op.get_bind()
    words = sa.text(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'sales_entries' AND sql IS NOT NULL"
    )
    made = connection.execute(words).all()
    [table] = [sql for what, sql in made if what == "table"]
    before, after = table.split(f"CONSTRAINT {CHECK} CHECK (", 1)
    table = f"{before}CONSTRAINT {CHECK} CHECK ({kind}){after[_end(after) :]}"
    op.execute("ALTER TABLE sales_entries RENAME TO old_sales_entries")
    op.execute(table)
    op.execute("INSERT INTO sales_entries SELECT * FROM old_sales_entries")
    op.drop_table("old_sales_entries")
    for what, sql in made:
        if what == "index":
            op.execute(sql)


def _end(words: str) -> int:
    """Where the words are closed by a parenthesis that they do not open."""
    depth = 1
    for position, letter in enumerate(words):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return position + 1
    raise ValueError(words)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
