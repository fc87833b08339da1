"""Identify a user's verified email address by its digest, like a guest's address.

Addresses that were verified before have no digest, because the key is unknown here. No released version verified
addresses.

Revision ID: 0051
Revises: 0050
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None
# An older version would leave a digest in place when the address changes.
compatible_since = "0051"

DIGEST: Final = sa.LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
COLUMN: Final = "verified_email_digest"
INDEX: Final = "ix_users_verified_email_digest"


# MySQL commits each step by itself, so each step checks whether it is done already.
def upgrade() -> None:
    if COLUMN not in _names("columns"):
        op.add_column("users", sa.Column(COLUMN, DIGEST))
    if INDEX not in _names("indexes"):
        op.create_index(INDEX, "users", [COLUMN], unique=True)


def downgrade() -> None:
    if INDEX in _names("indexes"):
        op.drop_index(INDEX, "users")
    if COLUMN in _names("columns"):
        op.drop_column("users", COLUMN)


def _names(kind: str) -> set[str | None]:
    return {found["name"] for found in getattr(sa.inspect(op.get_bind()), f"get_{kind}")("users")}
