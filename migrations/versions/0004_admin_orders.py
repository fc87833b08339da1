"""Add the indexes for the list of all orders, and the reason that an admin gives for a cancellation.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_orders_created_at", "orders", ["created_at", "id"]),
    ("ix_order_states_status_created_at", "order_states", ["status", "created_at", "order_id"]),
)
NOTE = "cancelling_note"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    for name, table, columns in INDEXES:
        if name not in _indexes(table):
            op.create_index(name, table, columns)
    if NOTE not in _columns("order_states"):
        op.add_column("order_states", sa.Column(NOTE, sa.String(length=500), nullable=True))


def downgrade() -> None:
    if NOTE in _columns("order_states"):
        op.drop_column("order_states", NOTE)
    for name, table, _ in INDEXES:
        if name in _indexes(table):
            op.drop_index(name, table_name=table)


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
