"""Add the provider's account to payments; it is unknown (NULL) for earlier ones.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
compatible_since = "0016"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if "account" not in _columns():
        op.add_column("payments", sa.Column("account", sa.String(64), nullable=True))
    # The form of its id tells who made an intent, whatever was written beside it. Reads the index of intents.
    op.execute(
        "UPDATE payments SET provider = 'sandbox' WHERE intent_id LIKE 'pi!_sandbox!_%' ESCAPE '!'"
        " AND provider <> 'sandbox'"
    )


def downgrade() -> None:
    if "account" in _columns():
        op.drop_column("payments", "account")


def _columns() -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns("payments")}
