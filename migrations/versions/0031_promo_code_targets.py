"""Add promo codes for free shipping, and codes limited to products and variants.

Revision ID: 0031
Revises: 0030
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
# An older version does not know the new type, and would apply a limited code to every line.
compatible_since = "0031"

CHECK: Final = "ck_promo_codes_value"
COLUMN: Final = "targets"
OLD_RULE: Final = (
    "(type = 'percent' AND value BETWEEN 1 AND 100) OR (type = 'fixed' AND value BETWEEN 1 AND 10000000000)"
)
NEW_RULE: Final = f"{OLD_RULE} OR (type = 'free_shipping' AND value = 0)"
# The former table can hold neither. Without its limit a code would apply to every line.
DELETE_NEW_TYPE: Final = (
    "DELETE FROM promo_uses WHERE promo_code_id IN (SELECT id FROM promo_codes WHERE type = 'free_shipping')",
    "DELETE FROM promo_codes WHERE type = 'free_shipping'",
)
SWITCH_LIMITED_CODES_OFF: Final = "UPDATE promo_codes SET active = false WHERE targets IS NOT NULL"


# One statement: it can run again after an interruption.
def upgrade() -> None:
    if _has_targets():
        return
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("promo_codes", recreate="always") as codes:
            codes.alter_column("type", type_=sa.String(20), existing_nullable=False)
            codes.add_column(sa.Column(COLUMN, sa.JSON(none_as_null=True)))
            codes.drop_constraint(op.f(CHECK), type_="check")
            codes.create_check_constraint(op.f(CHECK), NEW_RULE)
        return
    op.execute(
        f"ALTER TABLE promo_codes MODIFY type VARCHAR(20) NOT NULL, ADD COLUMN {COLUMN} JSON,"
        f" DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({NEW_RULE})"
    )


def downgrade() -> None:
    if not _has_targets():
        return
    for statement in (*DELETE_NEW_TYPE, SWITCH_LIMITED_CODES_OFF):
        op.execute(statement)
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("promo_codes", recreate="always") as codes:
            codes.alter_column("type", type_=sa.String(10), existing_nullable=False)
            codes.drop_column(COLUMN)
            codes.drop_constraint(op.f(CHECK), type_="check")
            codes.create_check_constraint(op.f(CHECK), OLD_RULE)
        return
    op.execute(
        f"ALTER TABLE promo_codes MODIFY type VARCHAR(10) NOT NULL, DROP COLUMN {COLUMN},"
        f" DROP CHECK {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({OLD_RULE})"
    )


def _has_targets() -> bool:
    return COLUMN in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("promo_codes")}
