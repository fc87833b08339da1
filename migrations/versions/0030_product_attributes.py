"""Add the attributes of products.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
compatible_since = "0027"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if "attributes" not in _columns():
        op.add_column("products", sa.Column("attributes", sa.JSON))


def downgrade() -> None:
    if "attributes" in _columns():
        op.drop_column("products", "attributes")


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("products")}
