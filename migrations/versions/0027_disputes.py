"""Add the disputes of an order's payment, and the amounts lost in them.

Revision ID: 0027
Revises: 0026
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
# An older version refunds without looking at what was lost in disputes: the check would refuse its refunds.
compatible_since = "0027"

TABLE: Final = "order_states"
CHECK: Final = "ck_order_states_disputes_lost"
RULE: Final = "disputes_lost BETWEEN 0 AND total - refunded_total"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    present = _columns()
    if "disputes" not in present:
        op.add_column(TABLE, sa.Column("disputes", sa.JSON()))
    if "disputes_lost" in present:
        return
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE {TABLE} ADD COLUMN disputes_lost BIGINT DEFAULT '0' NOT NULL"
            f" CONSTRAINT {CHECK} CHECK ({RULE})"
        )
    else:
        op.execute(
            f"ALTER TABLE {TABLE} ADD COLUMN disputes_lost BIGINT NOT NULL DEFAULT 0,"
            f" ADD CONSTRAINT {CHECK} CHECK ({RULE})"
        )


def downgrade() -> None:
    present = _columns()
    if "disputes_lost" in present:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {TABLE} DROP COLUMN disputes_lost")
        else:
            op.execute(f"ALTER TABLE {TABLE} DROP CHECK {CHECK}, DROP COLUMN disputes_lost")
    if "disputes" in present:
        op.drop_column(TABLE, "disputes")


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
