"""Add imports of catalogue files.

On MySQL the shop's own user needs UPDATE and DELETE on the new tables: see docker/mysql-grants.sql.

Revision ID: 0053
Revises: 0052
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None
compatible_since = "0051"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
CHUNK: Final = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql")
OPTIONS: Final = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
COUNTS: Final = (
    "row_count",
    "product_count",
    "position",
    "processed",
    "created",
    "updated",
    "unchanged",
    "failed",
    "error_count",
)


# MySQL commits each step by itself, so each step can run again.
def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("api_key_id", ID),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("set_stock", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("finished_at", MOMENT),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("unknown_columns", sa.JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_imports_status")
        ),
        sa.CheckConstraint(
            "position = created + updated + unchanged + failed", name=op.f("ck_imports_position")
        ),
        sa.Index("ix_imports_finished_at", "finished_at", "created_at"),
        **OPTIONS,
    )
    _create_part("import_chunks", "position", sa.Column("content", CHUNK, nullable=False))
    _create_part(
        "import_errors",
        "number",
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("header", sa.String(100)),
        sa.Column("message", sa.String(300), nullable=False),
        sqlite_with_rowid=False,
    )
    _create_part(
        "import_changes",
        "number",
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("handle", sa.String(120), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Imports that are under way end, and those that ended are forgotten. What they have imported stays."""
    for table in ("import_changes", "import_errors", "import_chunks", "imports"):
        op.drop_table(table, if_exists=True)


def _create_part(table: str, number: str, *columns: sa.Column[Any], **options: Any) -> None:
    op.create_table(
        table,
        sa.Column("import_id", ID, nullable=False),
        sa.Column(number, sa.Integer, nullable=False, autoincrement=False),
        *columns,
        sa.PrimaryKeyConstraint("import_id", number, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f(f"fk_{table}_import_id_imports")),
        **OPTIONS,
        **options,
    )
