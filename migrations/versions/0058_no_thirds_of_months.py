"""Delete the sums of items by thirds of a month.

They were two thirds of the rows, and saved no time beside the sums by month and quarter. Each third is deleted
separately; an interrupted migration continues with those that are left.

Revision ID: 0058
Revises: 0057
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None
# An older version would read the thirds, and find too little in them.
compatible_since = "0058"

ADD_UP_ANEW: Final = "UPDATE figures_state SET zone = '', building = ''"

item_periods: Final = sa.table("item_periods", sa.column("length", sa.String(7)), sa.column("first", sa.Date))
IS_THIRD: Final = item_periods.c.length == "third"


def upgrade() -> None:
    connection = op.get_bind()
    for first in connection.scalars(sa.select(item_periods.c.first).where(IS_THIRD).distinct()).all():
        connection.execute(sa.delete(item_periods).where(IS_THIRD, item_periods.c.first == first))
        _commit()


def downgrade() -> None:
    """Have the older version's worker add up all figures again, thirds included."""
    op.execute(ADD_UP_ANEW)


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
