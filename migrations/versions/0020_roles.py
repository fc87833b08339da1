"""Add roles of staff.

On MySQL the shop's own user needs UPDATE and DELETE on the new table: see docker/mysql-grants.sql.

Revision ID: 0020
Revises: 0019
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
compatible_since = "0020"

ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
MOMENT: Final = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
COLUMN: Final = "role_id"
INDEX: Final = "ix_users_role_id"
KEY: Final = "fk_users_role_id"
CHECK: Final = "ck_users_role_id"
KINDS: Final = "ck_audit_entries_subject_kind"
RULE: Final = "role = 'customer' OR role_id IS NULL"
OLD_KINDS: Final = "subject_kind IN ('product', 'promo-code', 'user', 'order')"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("permissions", sa.String(length=1000), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name_key", name="uq_roles_name"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        if_not_exists=True,
    )
    if is_sqlite():
        if not has("columns", "users", COLUMN):
            op.execute(
                f"ALTER TABLE users ADD COLUMN {COLUMN} BLOB"
                f" CONSTRAINT {KEY} REFERENCES roles (id) CONSTRAINT {CHECK} CHECK ({RULE})"
            )
        if not has("indexes", "users", INDEX):
            op.create_index(INDEX, "users", [COLUMN])
        with op.batch_alter_table("audit_entries", recreate="always") as audit:
            audit.drop_constraint(op.f(KINDS), type_="check")
        return
    if not has("columns", "users", COLUMN):
        op.add_column("users", sa.Column(COLUMN, ID, nullable=True))
    if not has("indexes", "users", INDEX):
        op.create_index(INDEX, "users", [COLUMN])
    if not has("foreign_keys", "users", KEY):
        op.create_foreign_key(KEY, "users", "roles", [COLUMN], ["id"])
    if not has("check_constraints", "users", CHECK):
        op.create_check_constraint(op.f(CHECK), "users", RULE)
    if has("check_constraints", "audit_entries", KINDS):
        op.drop_constraint(op.f(KINDS), "audit_entries", type_="check")


def downgrade() -> None:
    op.execute(
        "DELETE FROM audit_entries WHERE subject_kind NOT IN ('product', 'promo-code', 'user', 'order')"
    )
    if is_sqlite():
        with op.batch_alter_table("audit_entries", recreate="always") as audit:
            audit.create_check_constraint(op.f(KINDS), OLD_KINDS)
        op.drop_index(INDEX, table_name="users")
        with op.batch_alter_table("users", recreate="always") as users:
            users.drop_constraint(op.f(CHECK), type_="check")
            users.drop_column(COLUMN)
    else:
        if not has("check_constraints", "audit_entries", KINDS):
            op.create_check_constraint(op.f(KINDS), "audit_entries", OLD_KINDS)
        if has("check_constraints", "users", CHECK):
            op.drop_constraint(op.f(CHECK), "users", type_="check")
        if has("foreign_keys", "users", KEY):
            op.drop_constraint(KEY, "users", type_="foreignkey")
        if has("indexes", "users", INDEX):
            op.drop_index(INDEX, table_name="users")
        if has("columns", "users", COLUMN):
            op.drop_column("users", COLUMN)
    op.drop_table("roles", if_exists=True)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def has(kind: str, table: str, name: str) -> bool:
    found = getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)
    return name in {each["name"] for each in found}
