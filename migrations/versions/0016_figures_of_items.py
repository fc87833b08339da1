"""Replace the figures per product with figures per variant.

Rows are copied in batches, and the old tables are dropped when all rows are copied. An interrupted migration starts
over.

Revision ID: 0016
Revises: 0015
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
compatible_since = "0016"

DAYS_PER_BATCH: Final = 30
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
TABLE: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
AMOUNTS: Final = ("quantity", "gross", "discount", "refunded")

# Old table, new table, the columns of the key that stay, and that by which batches are made.
TABLES: Final = (
    ("product_days", "item_days", ("day",), "day"),
    ("product_periods", "item_periods", ("length", "first"), "first"),
)
INDEXES: Final = {
    "item_days": ("ix_item_days_item_id", ["item_id", "day"]),
    "product_days": ("ix_product_days_product_id", ["product_id", "day"]),
}


def upgrade() -> None:
    for old, new, kept, date in TABLES:
        columns = (*kept, "item_id", "product_id", "orders", *AMOUNTS, "product_orders")
        values = (*kept, "product_id", "product_id", "orders", *AMOUNTS, "orders")
        rows = f"SELECT {', '.join(values)} FROM {old} {{}}"  # noqa: S608
        _move(old, new, (*kept, "item_id"), columns, rows, date)


def downgrade() -> None:
    for new, old, kept, date in reversed(TABLES):
        key = (*kept, "product_id")
        sums = ("SUM(product_orders)", *(f"SUM({name})" for name in AMOUNTS))
        rows = f"SELECT {', '.join((*key, *sums))} FROM {old} {{}} GROUP BY {', '.join(key)}"  # noqa: S608
        _move(old, new, key, (*key, "orders", *AMOUNTS), rows, date)


def _move(old: str, new: str, key: tuple[str, ...], columns: tuple[str, ...], rows: str, date: str) -> None:
    """Make the new table with these rows of the old one, and drop that. `rows` has a place for a condition."""
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table(old):
        return
    op.drop_table(new, if_exists=True)
    op.create_table(
        new,
        *(_column(name) for name in columns),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{new}"),
        sqlite_with_rowid=False,
        **TABLE,
    )
    if new in INDEXES:
        name, indexed = INDEXES[new]
        op.create_index(name, new, indexed)
    connection = op.get_bind()
    dates = connection.scalars(sa.text(f"SELECT DISTINCT {date} FROM {old} ORDER BY {date}")).all()  # noqa: S608
    copy = f"INSERT INTO {new} ({', '.join(columns)}) {rows}"
    for start in range(0, len(dates), DAYS_PER_BATCH):
        batch = dates[start : start + DAYS_PER_BATCH]
        condition = f"WHERE {date} BETWEEN :first AND :last"
        connection.execute(sa.text(copy.format(condition)), {"first": batch[0], "last": batch[-1]})
        _commit()
    op.drop_table(old)


def _column(name: str) -> sa.Column[Any]:
    kinds: dict[str, Any] = {
        "day": sa.Date,
        "first": sa.Date,
        "length": sa.String(7),
        "item_id": ID,
        "product_id": ID,
        "orders": sa.Integer,
        "product_orders": sa.Integer,
    }
    return sa.Column(name, kinds.get(name, sa.BigInteger), nullable=False)


def _commit() -> None:
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
