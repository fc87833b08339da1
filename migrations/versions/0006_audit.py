"""Add the audit trail.

docker/mysql-grants.sql lets the shop's own user insert its rows, but not change them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
FIELDS = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")
INDEXES = (
    ("ix_audit_entries_at", ["at", "id"]),
    ("ix_audit_entries_user_id", ["user_id", "at", "id"]),
    ("ix_audit_entries_subject_kind", ["subject_kind", "at", "id"]),
    ("ix_audit_entries_subject_id", ["subject_id", "at", "id"]),
)


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("audit_entries"):
        op.create_table(
            "audit_entries",
            sa.Column("id", ID, nullable=False),
            sa.Column("at", MOMENT, nullable=False),
            sa.Column("user_id", ID, nullable=True),
            sa.Column("action", sa.String(length=40), nullable=False),
            sa.Column("subject_kind", sa.String(length=20), nullable=False),
            sa.Column(
                "subject_id",
                sa.String(length=40).with_variant(
                    mysql.VARCHAR(length=40, collation="utf8mb4_0900_bin"), "mysql"
                ),
                nullable=False,
            ),
            sa.Column("fields_before", FIELDS, nullable=False),
            sa.Column("fields_after", FIELDS, nullable=False),
            sa.CheckConstraint(
                "subject_kind IN ('product', 'promo-code', 'user', 'order')",
                name=op.f("ck_audit_entries_subject_kind"),
            ),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_bin",
        )
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("audit_entries")}
    for name, columns in INDEXES:
        if name not in present:
            op.create_index(name, "audit_entries", columns)


def downgrade() -> None:
    op.drop_table("audit_entries", if_exists=True)
