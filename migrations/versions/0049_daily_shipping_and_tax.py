"""Add shipping and tax to the daily figures.

If the ledger already contains any, the figures are computed again.

Revision ID: 0049
Revises: 0048
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None
# An older version would leave shipping and tax out of the figures that it adds up.
compatible_since = "0049"

TABLE: Final = "daily_figures"
NAMES: Final = ("shipping", "tax", "tax_added")
ANY: Final = "SELECT 1 FROM sales_entries WHERE shipping <> 0 OR tax <> 0 LIMIT 1"
ADD_UP_ANEW: Final = "UPDATE figures_state SET zone = '', building = ''"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if op.get_bind().scalar(sa.text(ANY)) is not None:
        op.execute(ADD_UP_ANEW)
    for name in NAMES:
        if name not in _columns():
            op.add_column(TABLE, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in NAMES:
        if name in _columns():
            op.drop_column(TABLE, name)


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
