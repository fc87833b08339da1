"""Add the chosen shipping method and the destination to carts.

Revision ID: 0039
Revises: 0038
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None
compatible_since = "0036"

TABLE: Final = "carts"
COLUMN: Final = "shipping"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if not _is_there():
        op.add_column(TABLE, sa.Column(COLUMN, sa.JSON, nullable=True))


def downgrade() -> None:
    if _is_there():
        op.drop_column(TABLE, COLUMN)


def _is_there() -> bool:
    return COLUMN in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
