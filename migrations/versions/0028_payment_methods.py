"""Add the payment method of an order, and the version of the terms that the buyer accepted.

Revision ID: 0028
Revises: 0027
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None
compatible_since = "0027"

COLUMNS: Final = (
    ("order_states", sa.Column("payment_method", sa.String(10), nullable=False, server_default="card")),
    ("orders", sa.Column("terms_version", sa.String(64), nullable=True)),
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    for table, column in COLUMNS:
        if column.name not in _columns(table):
            op.add_column(table, column._copy())


def downgrade() -> None:
    for table, column in COLUMNS:
        if column.name in _columns(table):
            op.drop_column(table, column.name)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
