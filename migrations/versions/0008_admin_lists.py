"""Add the names by which admins find users, and the indexes for the lists of all users, products and refunds.

Revision ID: 0008
Revises: 0007
"""

import unicodedata
from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
# Who signs up with the version before is found by the name shown only once the account was changed.
compatible_since = "0007"

AT_ONCE: Final = 1_000
KEY: Final = "display_name_key"
INDEXES: Final = (
    ("ix_users_display_name_key", "users", [KEY]),
    ("ix_products_active", "products", ["active", "deleted", "updated_at"]),
    ("ix_refunds_created_at", "refunds", ["created_at"]),
)

users: Final = sa.table(
    "users",
    sa.column("id", sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")),
    sa.column("display_name", sa.String),
    sa.column(KEY, sa.String),
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if KEY not in _columns("users"):
        op.add_column("users", sa.Column(KEY, sa.String(length=200), nullable=True))
    _fold_names()
    for name, table, columns in INDEXES:
        if name not in _indexes(table):
            op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        if name in _indexes(table):
            op.drop_index(name, table_name=table)
    if KEY in _columns("users"):
        op.drop_column("users", KEY)


def _fold_names() -> None:
    connection = op.get_bind()
    named = sa.select(users.c.id, users.c.display_name).where(users.c.display_name.is_not(None))
    change = (
        sa.update(users).where(users.c.id == sa.bindparam("user_id")).values({KEY: sa.bindparam("folded")})
    )
    last = b""
    while rows := connection.execute(
        named.where(users.c.id > last).order_by(users.c.id).limit(AT_ONCE)
    ).all():
        folded = [{"user_id": row.id, "folded": search_key(row.display_name)} for row in rows]
        connection.execute(change, folded)
        last = rows[-1].id


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def search_key(text: str) -> str:
    """Without case, accents and surrounding white space, as the shop of this revision had it."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.strip()).casefold())
    kept = (each for each in decomposed if not unicodedata.category(each).startswith("M"))
    return "".join(kept)[:200].rstrip()
