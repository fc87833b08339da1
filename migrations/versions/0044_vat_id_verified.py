"""Add to orders whether staff found the buyer's VAT id to be registered.

Revision ID: 0044
Revises: 0043
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None
# An older version does not know VAT ids in an order's contact.
compatible_since = "0044"

TABLE: Final = "order_states"
COLUMN: Final = "vat_id_verified"


# One statement: it can run again after an interruption.
def upgrade() -> None:
    if COLUMN not in _columns():
        op.add_column(TABLE, sa.Column(COLUMN, sa.Boolean(), nullable=False, server_default="0"))


def downgrade() -> None:
    if COLUMN in _columns():
        op.drop_column(TABLE, COLUMN)


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
