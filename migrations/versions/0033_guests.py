"""Add guests: carts without a user, tokens of orders, and rate limits.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0033
Revises: 0032
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
# An older version expects every cart to have a user.
compatible_since = "0033"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
INNODB: Final = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}

BUYER: Final = "(user_id IS NULL) <> (token_digest IS NULL)"
TOUCHED_AT: Final = "(touched_at IS NULL) = (token_digest IS NULL)"
CARTS_OF_GUESTS: Final = f"""
ALTER TABLE carts MODIFY user_id BINARY(16) NULL, ADD COLUMN token_digest BINARY(32) NULL,
ADD COLUMN touched_at DATETIME(6) NULL, ADD CONSTRAINT uq_carts_token_digest UNIQUE (token_digest),
ADD CONSTRAINT ck_carts_buyer CHECK ({BUYER}), ADD CONSTRAINT ck_carts_touched_at CHECK ({TOUCHED_AT}),
ADD INDEX ix_carts_touched_at (touched_at)
"""
CARTS_OF_USERS: Final = """
ALTER TABLE carts DROP CHECK ck_carts_buyer, DROP CHECK ck_carts_touched_at, DROP INDEX uq_carts_token_digest,
DROP INDEX ix_carts_touched_at, DROP COLUMN token_digest, DROP COLUMN touched_at,
MODIFY user_id BINARY(16) NOT NULL
"""
DELETE_GUESTS: Final = "DELETE FROM carts WHERE user_id IS NULL"
DELETE_GUESTS_LINES: Final = (
    "DELETE FROM cart_lines WHERE cart_id IN (SELECT id FROM carts WHERE user_id IS NULL)"
)
USER: Final = "user_id BLOB"
REQUIRED: Final = f"{USER} NOT NULL"
NEW_COLUMNS: Final = """
token_digest BLOB,
touched_at DATETIME,"""
NEW_CONSTRAINTS: Final = f""",
CONSTRAINT uq_carts_token_digest UNIQUE (token_digest),
CONSTRAINT ck_carts_buyer CHECK ({BUYER}),
CONSTRAINT ck_carts_touched_at CHECK ({TOUCHED_AT})"""


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "order_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_tokens_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_tokens"),
        sa.UniqueConstraint("digest", name="uq_order_tokens_digest"),
        if_not_exists=True,
        **INNODB,
    )
    op.create_table(
        "rate_limits",
        sa.Column("subject", DIGEST, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_rate_limits"),
        sa.CheckConstraint("events >= 1", name="ck_rate_limits_events"),
        sqlite_with_rowid=False,
        if_not_exists=True,
        **INNODB,
    )
    for table, column in (("order_tokens", "order_id"), ("rate_limits", "began_at")):
        if f"ix_{table}_{column}" not in _names("indexes", table):
            op.create_index(f"ix_{table}_{column}", table, [column])
    if "token_digest" in _names("columns", "carts"):
        return
    if op.get_bind().dialect.name == "sqlite":
        _make_carts_anew()
        op.create_index("ix_carts_touched_at", "carts", ["touched_at"])
    else:
        op.execute(CARTS_OF_GUESTS)


def downgrade() -> None:
    """Guests lose their carts, and the tokens of their orders."""
    if "token_digest" in _names("columns", "carts"):
        op.execute(DELETE_GUESTS_LINES)
        op.execute(DELETE_GUESTS)
        if op.get_bind().dialect.name == "sqlite":
            op.drop_index("ix_carts_touched_at", "carts")
            _make_carts_anew(back=True)
        else:
            op.execute(CARTS_OF_USERS)
    op.drop_table("rate_limits", if_exists=True)
    op.drop_table("order_tokens", if_exists=True)


def _make_carts_anew(*, back: bool = False) -> None:
    """Copy the table into one with the changed definition: SQLite can't change a column."""
    found = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'carts' AND sql IS NOT NULL")
    stored = op.get_bind().execute(found).all()
    [sql] = [sql for kind, sql in stored if kind == "table"]
    _, _, definition = sql.partition("(")
    body, _, options = definition.rpartition(")")
    if back:
        body = body.replace(NEW_COLUMNS, "").replace(NEW_CONSTRAINTS, "").replace(f"{USER},", f"{REQUIRED},")
    else:
        body = NEW_COLUMNS + body.replace(REQUIRED, USER) + NEW_CONSTRAINTS
    columns = ", ".join(name for name in _ordered_columns() if name not in {"token_digest", "touched_at"})
    op.execute(f"CREATE TABLE new_carts ({body}){options}")
    op.execute(f"INSERT INTO new_carts ({columns}) SELECT {columns} FROM carts")  # noqa: S608
    op.drop_table("carts")
    op.rename_table("new_carts", "carts")
    for kind, index in stored:
        if kind == "index":
            op.execute(index)


def _ordered_columns() -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns("carts")]


def _names(kind: str, table: str) -> set[str]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
