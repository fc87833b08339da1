"""Add the numbers of skipped products and warnings to imports.

Revision ID: 0056
Revises: 0055
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None
compatible_since = "0056"

CHECK: Final = "ck_imports_position"
COLUMNS: Final = ("skipped", "warning_count")
OLD_RULE: Final = "position = created + updated + unchanged + failed"
NEW_RULE: Final = "position = created + updated + unchanged + skipped + failed"


# One statement on MySQL: it can run again after an interruption.
def upgrade() -> None:
    if _has_columns():
        return
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("imports", recreate="always") as imports:
            for column in COLUMNS:
                imports.add_column(sa.Column(column, sa.Integer, nullable=False, server_default="0"))
            imports.drop_constraint(op.f(CHECK), type_="check")
            imports.create_check_constraint(op.f(CHECK), NEW_RULE)
        return
    added = ", ".join(f"ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0" for column in COLUMNS)
    op.execute(f"ALTER TABLE imports {added}, DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({NEW_RULE})")


def downgrade() -> None:
    """Skipped products count as unchanged."""
    if not _has_columns():
        return
    op.execute("UPDATE imports SET unchanged = unchanged + skipped, skipped = 0 WHERE skipped > 0")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("imports", recreate="always") as imports:
            imports.drop_constraint(op.f(CHECK), type_="check")
            for column in COLUMNS:
                imports.drop_column(column)
            imports.create_check_constraint(op.f(CHECK), OLD_RULE)
        return
    dropped = ", ".join(f"DROP COLUMN {column}" for column in COLUMNS)
    op.execute(
        f"ALTER TABLE imports {dropped}, DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({OLD_RULE})"
    )


def _has_columns() -> bool:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("imports")}
    return columns.issuperset(COLUMNS)
