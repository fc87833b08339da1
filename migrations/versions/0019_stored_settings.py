"""Store the currency, which stored amounts depend on; it is taken from the last order.

A shop without orders stores its currency at its next start.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
compatible_since = "0016"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "stored_settings",
        sa.Column("variable", sa.String(64), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("variable", name=op.f("pk_stored_settings")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT currency FROM orders ORDER BY created_at DESC, id DESC LIMIT 1"))
    known = connection.scalar(sa.text("SELECT value FROM stored_settings WHERE variable = 'SHOP_CURRENCY'"))
    if last is not None and known is None:
        row = {"value": last}
        connection.execute(sa.text("INSERT INTO stored_settings VALUES ('SHOP_CURRENCY', :value)"), row)


def downgrade() -> None:
    op.drop_table("stored_settings", if_exists=True)
