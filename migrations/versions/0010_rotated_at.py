"""Add the time at which a session's refresh token was replaced.

The previous token is accepted for a moment longer.

Revision ID: 0010
Revises: 0009
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
compatible_since = "0009"

NAME: Final = "rotated_at"
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    if NAME not in _columns():
        op.add_column("sessions", sa.Column(NAME, MOMENT, nullable=True))


def downgrade() -> None:
    if NAME in _columns():
        op.drop_column("sessions", NAME)


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("sessions")}
