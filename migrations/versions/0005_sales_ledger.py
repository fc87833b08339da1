"""Add the sales ledger, filled with the sales so far, and the tables for its sums.

Each step first checks whether it is done: MySQL keeps the finished steps of an interrupted migration.

Revision ID: 0005
Revises: 0004
"""

from collections import defaultdict
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
TABLE: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

NEW_TABLES: Final = (
    "sales_entries",
    "figures_state",
    "daily_figures",
    "product_days",
    "product_periods",
    "promo_code_days",
    "order_days",
)
NEW_INDEXES: Final = (
    ("ix_order_states_created_at", "order_states", ("created_at", "status")),
    ("ix_order_states_miscounted", "order_states", ("miscounted",)),
    ("ix_users_created_at", "users", ("role", "created_at")),
    ("ix_products_on_sale", "products", ("on_sale", "updated_at")),
    ("ix_products_updated_at", "products", ("updated_at",)),
    ("ix_product_days_product_id", "product_days", ("product_id", "day")),
)

NEW_COLUMNS: Final[tuple[tuple[str, str, sa.types.TypeEngine[Any], str | None], ...]] = (
    ("order_states", "counted_as", sa.String(10), None),
    ("order_states", "miscounted", sa.Boolean(), "counted_as IS NULL OR counted_as <> status"),
    ("products", "on_sale", sa.Boolean(), "active AND NOT deleted AND compare_at_price > price"),
)

SALES_SO_FAR: Final = """
INSERT INTO sales_entries
    (order_id, number, refund_id, at, user_id, product_id, promo_code, quantity, gross, discount, refunded, folded)
SELECT o.id, l.position, NULL, p.paid_at, o.user_id, l.product_id, o.promo_code,
       l.quantity, l.unit_price * l.quantity, l.discount, 0, 0
FROM (SELECT order_id, MIN(at) AS paid_at FROM order_history WHERE status = 'paid' GROUP BY order_id) p
JOIN orders o ON o.id = p.order_id
JOIN order_lines l ON l.order_id = o.id
"""
# Money that was sent back because it came on top of what had paid the order was never a sale's.
REFUNDS_SO_FAR: Final = """
SELECT r.id, r.order_id, r.amount, r.created_at
FROM refunds r
JOIN payments p ON p.intent_id = r.intent_id
WHERE r.status = 'succeeded' AND p.status = 'succeeded' AND NOT EXISTS (
    SELECT 1 FROM payments q WHERE q.order_id = p.order_id AND q.status = 'succeeded' AND (
        q.updated_at < p.updated_at OR (q.updated_at = p.updated_at AND q.attempt < p.attempt)
    )
)
ORDER BY r.order_id, r.id
"""


def upgrade() -> None:
    present = set(sa.inspect(op.get_bind()).get_table_names())
    if not present.issuperset(NEW_TABLES):
        _make_ledger(present)
        _make_figures(present)
        _make_counts(present)
    _add_columns()
    _record_what_was_sold()


def downgrade() -> None:
    for name, table, _ in reversed(NEW_INDEXES):
        op.drop_index(name, table_name=table)
    for table, column, *_ in reversed(NEW_COLUMNS):
        op.drop_column(table, column)
    for table in reversed(NEW_TABLES):
        op.drop_table(table)


def _make_ledger(present: set[str]) -> None:
    if "sales_entries" in present:
        return
    op.create_table(
        "sales_entries",
        sa.Column("order_id", ID, sa.ForeignKey("orders.id", name="fk_sales_entries_order_id")),
        sa.Column("number", sa.Integer, autoincrement=False),
        sa.Column("refund_id", ID),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("promo_code", sa.String(40)),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("gross", sa.BigInteger, nullable=False),
        sa.Column("discount", sa.BigInteger, nullable=False),
        sa.Column("refunded", sa.BigInteger, nullable=False),
        sa.Column("folded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "number", name="pk_sales_entries"),
        sa.CheckConstraint("number >= 0", name="ck_sales_entries_number"),
        sa.CheckConstraint("discount BETWEEN 0 AND gross", name="ck_sales_entries_discount"),
        sa.CheckConstraint(
            "(refund_id IS NULL AND quantity > 0 AND refunded = 0)"
            " OR (refund_id IS NOT NULL AND quantity = 0 AND gross = 0 AND refunded > 0)",
            name="ck_sales_entries_kind",
        ),
        sa.Index("ix_sales_entries_user_id", "user_id", "at"),
        sa.Index("ix_sales_entries_at", "at"),
        sa.Index("ix_sales_entries_folded", "folded", "at"),
        sqlite_with_rowid=False,
        **TABLE,
    )


def _sums(name: str, *keys: sa.Column[Any]) -> None:
    op.create_table(
        name,
        *keys,
        sa.Column("orders", sa.Integer, nullable=False),
        *(
            sa.Column(sum_, sa.BigInteger, nullable=False)
            for sum_ in ("quantity", "gross", "discount", "refunded")
        ),
        sa.PrimaryKeyConstraint(*(key.name for key in keys), name=f"pk_{name}"),
        sqlite_with_rowid=False,
        **TABLE,
    )


def _make_figures(present: set[str]) -> None:
    if "figures_state" not in present:
        op.create_table(
            "figures_state",
            sa.Column("id", sa.Integer, autoincrement=False),
            sa.Column("zone", sa.String(64), nullable=False),
            sa.Column("building", sa.String(64), nullable=False),
            sa.Column("built_until", sa.Date),
            sa.PrimaryKeyConstraint("id", name="pk_figures_state"),
            sa.CheckConstraint("id = 1", name="ck_figures_state_id"),
            sqlite_with_rowid=False,
            **TABLE,
        )
    if "daily_figures" not in present:
        _sums("daily_figures", sa.Column("day", sa.Date))
    if "product_days" not in present:
        _sums("product_days", sa.Column("day", sa.Date), sa.Column("product_id", ID))
    if "product_periods" not in present:
        block = (sa.Column("length", sa.String(7)), sa.Column("first", sa.Date))
        _sums("product_periods", *block, sa.Column("product_id", ID))
    if "promo_code_days" not in present:
        _sums("promo_code_days", sa.Column("day", sa.Date), sa.Column("promo_code", sa.String(40)))


def _make_counts(present: set[str]) -> None:
    if "order_days" not in present:
        op.create_table(
            "order_days",
            sa.Column("day", sa.Date),
            sa.Column("status", sa.String(10)),
            sa.Column("orders", sa.Integer, nullable=False),
            sa.PrimaryKeyConstraint("day", "status", name="pk_order_days"),
            sqlite_with_rowid=False,
            **TABLE,
        )


def _add_columns() -> None:
    inspector = sa.inspect(op.get_bind())
    for table, name, kind, formula in NEW_COLUMNS:
        if name not in {column["name"] for column in inspector.get_columns(table)}:
            computed = [] if formula is None else [sa.Computed(formula, persisted=False)]
            op.add_column(table, sa.Column(name, kind, *computed))
    for name, table, indexed in NEW_INDEXES:
        if name not in {index["name"] for index in inspector.get_indexes(table)}:
            op.create_index(name, table, list(indexed))


def _record_what_was_sold() -> None:
    op.execute("DELETE FROM sales_entries")
    op.execute(SALES_SO_FAR)
    connection = op.get_bind()
    entries = sa.table(
        "sales_entries",
        sa.column("order_id", ID),
        sa.column("number"),
        sa.column("refund_id", ID),
        sa.column("at"),
        sa.column("user_id", ID),
        sa.column("product_id", ID),
        sa.column("promo_code"),
        *(sa.column(name) for name in ("quantity", "gross", "discount", "refunded", "folded")),
    )
    by_order = defaultdict(list)
    for refund in connection.execute(sa.text(REFUNDS_SO_FAR)):
        by_order[refund.order_id].append(refund)
    for order_id, refunds in by_order.items():
        lines = list(
            connection.execute(
                sa.select(entries).where(entries.c.order_id == order_id).order_by(entries.c.number)
            )
        )
        left = [line.gross - line.discount for line in lines]
        rows: list[dict[str, Any]] = []
        for refund in refunds:
            shares = spread(refund.amount, left)
            left = [rest - share for rest, share in zip(left, shares, strict=True)]
            rows += [
                {
                    "order_id": order_id,
                    "number": len(lines) + len(rows) + number,
                    "refund_id": refund.id,
                    "at": refund.created_at,
                    "user_id": line.user_id,
                    "product_id": line.product_id,
                    "promo_code": line.promo_code,
                    "quantity": 0,
                    "gross": 0,
                    "discount": 0,
                    "refunded": share,
                    "folded": False,
                }
                for number, (line, share) in enumerate(
                    (line, share) for line, share in zip(lines, shares, strict=True) if share
                )
            ]
        connection.execute(sa.insert(entries), rows)


def spread(amount: int, weights: list[int]) -> list[int]:
    """Split the amount in proportion to the weights by largest remainder, ties to the earlier."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares
