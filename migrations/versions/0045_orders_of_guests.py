"""Allow orders without a user; add uses of promo codes by email address, and the unpaid orders of guests.

SQLite copies the tables whose `user_id` can be null from now on, because it can't change a column. On MySQL the shop's
own user needs UPDATE and DELETE on the new table, and UPDATE of `sales_entries.user_id`: see docker/mysql-grants.sql.

Revision ID: 0045
Revises: 0044
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None
# An older version expects every order to have a user.
compatible_since = "0045"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
INNODB: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
UNPAID: Final = "unpaid_guest_orders"
RELAXED: Final = ("orders", "order_states", "sales_entries", "promo_uses")
INDEXES: Final = (
    ("ix_order_states_user_id", "order_states", ["user_id", "created_at", "order_id"]),
    ("ix_promo_uses_email_digest", "promo_uses", ["email_digest", "promo_code_id"]),
    (f"ix_{UNPAID}_address", UNPAID, ["address"]),
    (f"ix_{UNPAID}_email", UNPAID, ["email"]),
)
CUSTOMER: Final = "ck_promo_uses_customer"
USER: Final = "user_id BLOB"
REQUIRED: Final = f"{USER} NOT NULL"
NEW_COLUMN: Final = "\nemail_digest BLOB,"
NEW_CHECK: Final = f",\nCONSTRAINT {CUSTOMER} CHECK (user_id IS NOT NULL OR email_digest IS NOT NULL)"
ORDERS_OF_GUESTS: Final = "SELECT order_id FROM order_states WHERE user_id IS NULL"
# With everything that names them, the last first.
NAMES_ORDERS: Final = (
    "promo_uses",
    "order_tokens",
    "order_notes",
    "postponed_work",
    "sales_entries",
    "refunds",
    "payments",
    "order_history",
    "order_lines",
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        UNPAID,
        sa.Column("order_id", ID, nullable=False),
        sa.Column("address", DIGEST, nullable=False),
        sa.Column("email", DIGEST, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=f"fk_{UNPAID}_order_id"),
        sa.PrimaryKeyConstraint("order_id", name=f"pk_{UNPAID}"),
        if_not_exists=True,
        **INNODB,
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in RELAXED:
            _make_anew(table)
    else:
        for table in RELAXED:
            if not _is_nullable(table):
                more = f", ADD COLUMN email_digest BINARY(32) NULL{NEW_CHECK.replace('CONSTRAINT', 'ADD CONSTRAINT')}"
                op.execute(
                    f"ALTER TABLE {table} MODIFY user_id BINARY(16) NULL{more if table == 'promo_uses' else ''}"
                )
    for name, table, columns in INDEXES:
        if name not in _names("indexes", table):
            op.create_index(name, table, columns)


def downgrade() -> None:
    """The orders of guests are deleted: the former schema has no place for them."""
    connection = op.get_bind()
    on_sqlite = connection.dialect.name == "sqlite"
    op.drop_table(UNPAID, if_exists=True)
    for name, table, _ in INDEXES:
        if table != UNPAID and name in _names("indexes", table):
            op.drop_index(name, table)
    if _is_nullable("order_states"):
        for table in NAMES_ORDERS:
            op.execute(f"DELETE FROM {table} WHERE order_id IN ({ORDERS_OF_GUESTS})")  # noqa: S608
        op.execute("DELETE FROM order_states WHERE user_id IS NULL")
    # An order that an account claimed belongs to it.
    op.execute(
        "UPDATE orders SET user_id = (SELECT s.user_id FROM order_states s WHERE s.order_id = orders.id)"
        " WHERE user_id IS NULL AND EXISTS (SELECT 1 FROM order_states s WHERE s.order_id = orders.id)"
    )
    op.execute("DELETE FROM orders WHERE user_id IS NULL")
    op.execute("UPDATE figures_state SET zone = '', building = ''")  # The figures are added up again.
    for table in reversed(RELAXED):
        if on_sqlite:
            _make_anew(table, back=True)
        elif _is_nullable(table):
            more = f", DROP CHECK {CUSTOMER}, DROP COLUMN email_digest" if table == "promo_uses" else ""
            op.execute(f"ALTER TABLE {table} MODIFY user_id BINARY(16) NOT NULL{more}")


def _make_anew(table: str, *, back: bool = False) -> None:
    """Copy the table into one whose `user_id` may be null, or may not."""
    found = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL")
    stored = op.get_bind().execute(found, {"name": table}).all()
    [sql] = [sql for kind, sql in stored if kind == "table"]
    _, _, definition = sql.partition("(")
    body, end, options = definition.rpartition(")")
    if back:
        body = body.replace(NEW_COLUMN, "").replace(NEW_CHECK, "").replace(f"{USER},", f"{REQUIRED},", 1)
    else:
        body = body.replace(REQUIRED, USER, 1)
        if table == "promo_uses":
            body = f"{NEW_COLUMN}{body}{NEW_CHECK}"
    # Generated columns are not in this list.
    described = op.get_bind().execute(sa.text(f"PRAGMA table_info({table})")).all()
    columns = ", ".join(f'"{column.name}"' for column in described if column.name != "email_digest")
    op.execute(f"CREATE TABLE new_{table} ({body}{end}{options}")
    op.execute(f"INSERT INTO new_{table} ({columns}) SELECT {columns} FROM {table}")  # noqa: S608
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)
    for kind, index in stored:
        if kind == "index":
            op.execute(index)


def _is_nullable(table: str) -> bool:
    columns: list[Any] = sa.inspect(op.get_bind()).get_columns(table)
    return any(column["name"] == "user_id" and column["nullable"] for column in columns)


def _names(kind: str, table: str) -> set[str]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
