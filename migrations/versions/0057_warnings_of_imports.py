"""Add the warnings of imports.

On MySQL the shop's own user needs UPDATE and DELETE on the new table: see docker/mysql-grants.sql.

Revision ID: 0057
Revises: 0056
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None
compatible_since = "0056"

TABLE: Final = "import_warnings"
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")


# One statement: it can run again after an interruption.
def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("import_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("header", sa.String(100)),
        sa.Column("message", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f(f"fk_{TABLE}_import_id_imports")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        sqlite_with_rowid=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table(TABLE, if_exists=True)
